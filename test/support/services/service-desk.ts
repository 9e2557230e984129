import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How to start one kind of service. */
export interface ServiceKind<Address> {
  start(): Promise<{ address: Address; stop: () => Promise<void> }>
}

/**
 * Hands services to the processes that run the tests: each is started when the first test asks
 * for it, once for the whole run, and stopped at its end.
 */
export const openServiceDesk = async (kinds: Record<string, ServiceKind<unknown>>) => {
  const started = new Map<string, ReturnType<ServiceKind<unknown>['start']>>()
  const addressOf = async (name: string): Promise<unknown> => {
    const kind = kinds[name]
    if (kind === undefined) throw new Error(`There is no service ${name}.`)
    const service = started.get(name) ?? kind.start()
    started.set(name, service)
    return (await service).address
  }

  const secret = randomUUID()
  const server = createServer((request, response) => {
    const [, given, name = ''] = (request.url ?? '').split('/')
    const answered = given === secret ? addressOf(name) : Promise.reject(new Error('Not yours.'))
    answered.then(
      (address) => response.end(JSON.stringify(address)),
      (error: unknown) =>
        response.writeHead(503).end(error instanceof Error ? error.message : String(error)),
    )
  })
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      for (const service of started.values()) await (await service.catch(() => null))?.stop()
    },
  }
}
