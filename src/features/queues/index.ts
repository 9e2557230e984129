export { queueRoutes } from './queue-routes.ts'
export { createQueueService, type QueueService } from './queue-service.ts'
