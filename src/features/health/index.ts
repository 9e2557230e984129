export { createHealthService, type HealthCheck, type HealthService } from './health.ts'
export { healthRoutes } from './health-routes.ts'
