import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import type { Ids } from '#platform/ids.ts'
import type { createApp } from './app.ts'
import { answerClientFaults } from './client-faults.ts'

export interface ServerOptions {
  app: ReturnType<typeof createApp>
  ids: Ids
  host: string
  port: number
  /** A request's headers must have arrived within this time. */
  headersMs: number
  /** A whole request must have arrived within this time. */
  requestMs: number
}

export interface HttpServer {
  /** Such as `http://127.0.0.1:8080`. */
  url: string
  /** Stops accepting, waits for running requests up to `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>
}

/** How often connections are looked at for the two time-outs of arriving requests. */
const ARRIVAL_CHECK_MS = 1_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
const HEADER_BYTES_MAX = 16_384

/** @throws Error with a sentence for people when the address is taken or not ours */
export const listen = async (options: ServerOptions): Promise<HttpServer> => {
  const { app, host, port } = options
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: Math.min(options.headersMs, options.requestMs),
      requestTimeout: options.requestMs,
      connectionsCheckingInterval: ARRIVAL_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
  }) as Server
  answerClientFaults(server, options.ids)
  server.listen({ host, port, backlog: 1_024 })
  await started(server, host, port)
  const address = server.address() as AddressInfo
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shownHost}:${address.port}`,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(timer)
    },
  }
}

const started = async (server: Server, host: string, port: number): Promise<void> => {
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(
      code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is taken. Stop what uses it, or set CADRE_PORT to another port.`
        : `Cannot listen on ${host}:${port}: ${message}`,
      { cause: error },
    )
  }
}
