export { queueResource } from './queue-resource.ts'
export { queueRoutes } from './queue-routes.ts'
export { createQueueService, type QueueService } from './queue-service.ts'
