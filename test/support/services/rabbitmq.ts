import { provideByCompose } from './docker-compose.ts'
import { provideByFirstWay, type Provided } from './first-way.ts'
import { startRabbitMq } from './rabbitmq-node.ts'
import { managementOf, whyUnreachable } from './rabbitmq-probe.ts'

export interface RabbitMqAddress {
  /** Of the server, without a vhost. */
  url: string
  /** Of its management API, with credentials: each test makes a vhost of its own. */
  managementUrl: string
}

/** @throws Error with every reason when there is none */
export const provideRabbitMq = (): Promise<Provided & RabbitMqAddress> =>
  provideByFirstWay<Provided & RabbitMqAddress>({
    name: 'RabbitMQ',
    variable: 'CADRE_TEST_AMQP_URL',
    defaultUrl: 'amqp://cadre:cadre@127.0.0.1:5672',
    whyUnreachable,
    existing: (url, how) => ({
      url,
      managementUrl: managementOf(url),
      how,
      stop: async () => {},
    }),
    ways: [
      async () => {
        const { addresses, ...container } = await provideByCompose('rabbitmq', [5672, 15672])
        const [url, managementUrl] = addresses.map((address) => `cadre:cadre@${address}`)
        return { ...container, url: `amqp://${url}`, managementUrl: `http://${managementUrl}` }
      },
      async () => {
        const node = await startRabbitMq()
        return { ...node, stop: node.close }
      },
    ],
  })

export const startRabbitMqService = async () => {
  const { url, managementUrl, stop } = await provideRabbitMq()
  return { address: { url, managementUrl } satisfies RabbitMqAddress, stop }
}
