export { webhookRoutes } from './webhook-handlers.ts'
export { createWebhookService } from './webhook-service.ts'
