export { webhookRoutes } from './webhook-handlers.ts'
export { webhookResource } from './webhook-resource.ts'
export { createWebhookService } from './webhook-service.ts'
