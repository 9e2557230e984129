import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import {
  createRabbitMqManagement,
  type RabbitMqManagement,
} from './services/rabbitmq-management.ts'
import type { RabbitMqAddress } from './services/rabbitmq.ts'

/** A vhost of its own: what other tests declare and publish is not seen there. */
export interface TestVhost {
  /** For `RABBITMQ_URL`. */
  url: string
  name: string
  management: RabbitMqManagement
  drop(): Promise<void>
}

/** On the shared server of the run, unless a test brings its own. */
export const createTestVhost = async (server?: RabbitMqAddress): Promise<TestVhost> => {
  const { url, managementUrl } = server ?? (await rabbitMqAddress())
  const management = createRabbitMqManagement(managementUrl)
  const name = `cadre-test-${randomBytes(6).toString('hex')}`
  await management.createVhost(name)
  return {
    url: `${url}/${name}`,
    name,
    management,
    drop: async () => void (await management.deleteVhost(name)),
  }
}

const rabbitMqAddress = async (): Promise<RabbitMqAddress> => {
  const answer = await fetch(`${inject('services')}/rabbitmq`)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as RabbitMqAddress
}
