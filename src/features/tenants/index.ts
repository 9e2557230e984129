export { startTenantDeletion } from './tenant-deletion.ts'
export { tenantRoutes } from './tenant-handlers.ts'
export { createTenantService } from './tenant-service.ts'
