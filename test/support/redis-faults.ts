import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Cuts the connection that carries a request, before the server sees it or after. */
export type Fault = 'before' | 'after'

/** A wire to a server that breaks on demand. */
export interface FragileWire {
  url: string
  /** The next request that contains `text` loses its connection; resolves when it has. */
  breakAt(text: string, fault: Fault): Promise<void>
  close(): Promise<void>
}

export const fragileWireTo = async (serverUrl: string): Promise<FragileWire> => {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let trap: { text: string; fault: Fault; sprung: () => void } | null = null
  const server = createServer((outer) => {
    const inner = connect(Number(target.port), target.hostname)
    let isCut = false
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    outer.on('data', (chunk) => {
      if (trap === null || !chunk.includes(trap.text)) return void inner.write(chunk)
      const { fault, sprung } = trap
      trap = null
      isCut = true
      if (fault === 'before') {
        outer.destroy()
        return sprung()
      }
      // The server answers, so it has done it; nobody hears.
      inner.once('data', () => {
        outer.destroy()
        sprung()
      })
      inner.write(chunk)
    })
    inner.on('data', (chunk) => {
      if (!isCut) outer.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    breakAt: (text, fault) =>
      new Promise((resolve) => {
        trap = { text, fault, sprung: resolve }
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
