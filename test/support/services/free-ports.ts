import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range that systems take the ports of outgoing connections from: while a server that
 * a test has stopped is away, nothing else gets its port.
 */
const FIRST_PORT = 20_000
const PORTS = 12_000
const TRIES_MAX = 1_000

/** Ports on the loopback interface that nobody listens on, each a different one. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries++) {
    if (tries === TRIES_MAX) throw new Error('There are no free ports.')
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
