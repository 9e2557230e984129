export { createScheduleFiring } from './schedule-firing.ts'
export { createScheduleSweep } from './schedule-sweep.ts'
export { scheduleRoutes } from './schedule-handlers.ts'
export { createScheduleService } from './schedule-service.ts'
