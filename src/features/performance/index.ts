export { emptySketch, placeOf, quantile, sketchOf, type DurationSketch } from './duration-sketch.ts'
export { removeOldHours, startPerformanceProjection } from './performance-projection.ts'
export { performanceRoutes } from './performance-routes.ts'
export { createPerformanceService } from './performance-service.ts'
