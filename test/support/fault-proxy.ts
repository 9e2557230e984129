import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What the network does to connections through the proxy, from now on. */
export type NetworkFault =
  /** Nothing: bytes pass at once. */
  | 'none'
  /** Bytes pass after a while. */
  | 'delay'
  /** Bytes go nowhere, yet nobody is told: what a half-open connection looks like. */
  | 'half-open'
  /** New connections are refused, old ones are cut. */
  | 'down'
  /** What is asked arrives and has its effect; the connection is cut before the answer. */
  | 'lose-answers'

export interface FaultProxy {
  /** Address of `target` through the proxy. */
  url: string
  set(fault: NetworkFault): void
  /** Cuts every connection once; the next ones are served. */
  cut(): void
  close(): Promise<void>
}

const DELAY_MS = 150

interface Link {
  client: Socket
  server: Socket
}

/** A TCP proxy on loopback that tests make misbehave. */
export const startFaultProxy = async (target: string): Promise<FaultProxy> => {
  const { hostname, port, protocol } = new URL(target)
  const links = new Set<Link>()
  let fault: NetworkFault = 'none'

  const pass = (from: Socket, to: Socket, isAnswer: boolean, link: Link) => {
    from.on('data', (bytes) => {
      if (fault === 'half-open') return
      if (fault === 'lose-answers' && isAnswer) return end(link)
      if (fault === 'delay') setTimeout(() => to.writable && to.write(bytes), DELAY_MS)
      else to.write(bytes)
    })
    from.on('end', () => fault !== 'half-open' && to.end())
    from.on('error', () => end(link))
    from.on('close', () => end(link))
  }
  const end = (link: Link) => {
    links.delete(link)
    link.client.destroy()
    link.server.destroy()
  }
  const cut = () => {
    for (const link of links) end(link)
  }
  const proxy = createServer((client) => {
    if (fault === 'down') return void client.destroy()
    const link = { client, server: connect(Number(port) || defaultPort(protocol), hostname) }
    links.add(link)
    pass(client, link.server, false, link)
    pass(link.server, client, true, link)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = new URL(target)
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    url: url.href,
    set: (next) => {
      // What was silent stays broken: a healed network does not bring lost bytes back.
      if (fault === 'half-open' || next === 'down') cut()
      fault = next
    },
    cut,
    close: async () => {
      proxy.close()
      cut()
      await once(proxy, 'close')
    },
  }
}

const defaultPort = (protocol: string): number => (protocol === 'amqp:' ? 5_672 : 5_432)
