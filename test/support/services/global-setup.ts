import type { TestProject } from 'vitest/node'
import { startSharedChromium } from './chromium.ts'
import { buildDatabaseTemplates } from './database-templates.ts'
import { startPostgresWithTemplate } from './postgres-template.ts'
import { startRabbitMqService } from './rabbitmq.ts'
import { startSharedRedis } from './redis.ts'
import { openServiceDesk } from './service-desk.ts'

/** Runs once around the whole run of Vitest. No server is started unless a test asks for it. */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  await buildDatabaseTemplates()
  const desk = await openServiceDesk({
    postgres: { start: startPostgresWithTemplate },
    rabbitmq: { start: startRabbitMqService },
    redis: { start: startSharedRedis },
    chromium: { start: startSharedChromium },
  })
  project.provide('services', desk.url)
  return desk.close
}
export default setup

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the service desk. */
    services: string
  }
}
