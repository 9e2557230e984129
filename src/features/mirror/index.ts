export { mirrorRoutes } from './mirror-handlers.ts'
export { createMirroredService } from './mirrored-service.ts'
