export { removeOldHours, startPerformanceProjection } from './performance-projection.ts'
export { performanceRoutes } from './performance-routes.ts'
export { createPerformanceService } from './performance-service.ts'
