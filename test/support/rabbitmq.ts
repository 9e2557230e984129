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
  /** Another user, who may do everything in it until `permit` says otherwise. */
  newUser(): Promise<{ url: string; permit: (names: string) => Promise<void> }>
  drop(): Promise<void>
}

/** On the shared server of the run, unless a test brings its own. */
export const createTestVhost = async (server?: RabbitMqAddress): Promise<TestVhost> => {
  const { url, managementUrl } = server ?? (await rabbitMqAddress())
  const management = createRabbitMqManagement(managementUrl)
  const name = `cadre-test-${randomBytes(6).toString('hex')}`
  await management.createVhost(name)
  const users: string[] = []
  return {
    url: `${url}/${name}`,
    name,
    management,
    newUser: async () => {
      const user = `${name}-${users.length}`
      users.push(user)
      await management.createUser(user, user)
      await management.permit(name, user, '.*')
      const address = new URL(`${url}/${name}`)
      address.username = user
      address.password = user
      return { url: address.href, permit: (names) => management.permit(name, user, names) }
    },
    drop: async () => {
      for (const user of users) await management.deleteUser(user)
      await management.deleteVhost(name)
    },
  }
}

const rabbitMqAddress = async (): Promise<RabbitMqAddress> => {
  const answer = await fetch(`${inject('services')}/rabbitmq`)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as RabbitMqAddress
}
