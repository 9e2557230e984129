import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StallingProxy {
  url: string
  /** The next answer of this kind stops in its middle; fulfils when it does. */
  stallAt(isIt: (path: string) => boolean): Promise<void>
  close(): Promise<void>
}

/** Stands before a Cadre, and lets an answer stop in its middle for ever. */
export const startStallingProxy = async (target: string): Promise<StallingProxy> => {
  let stall: { isIt: (path: string) => boolean; reached: () => void } | null = null
  const proxy = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? ''
      const answer = await fetch(target + path, { headers: headersOf(request) })
      const body = Buffer.from(await answer.arrayBuffer())
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
        'content-length': String(body.length),
      })
      if (stall?.isIt(path) !== true) return response.end(body)
      const { reached } = stall
      stall = null
      response.write(body.subarray(0, body.length / 2), reached)
    })()
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stallAt: (isIt) =>
      new Promise((resolve) => {
        stall = { isIt, reached: resolve }
      }),
    close: async () => {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> => ({
  authorization: headers.authorization ?? '',
})
