import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** What came over one connection, byte for byte, and whether the server ended it. */
export interface RawExchange {
  socket: Socket
  /** Sends bytes as they are. Never rejects: a server may have hung up. */
  send(bytes: string | Uint8Array): Promise<void>
  /** Everything received so far. */
  received(): string
  /** The status of the first answer; waits for it. */
  status(): Promise<number>
  /** Resolves with everything received once the server has ended the connection. */
  ended: Promise<string>
  /** Cuts the connection at once. */
  cut(): void
}

/** Opens a plain connection, for requests that no proper client would send. */
export const openRaw = async (url: string): Promise<RawExchange> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(received)))
  await once(socket, 'connect')
  return {
    socket,
    send: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed || !socket.writable) resolve()
        else socket.write(bytes, () => resolve())
      }),
    received: () => received,
    status: async () => {
      while (!/^HTTP\/1\.1 \d{3}[^\r]*\r\n/.test(received)) {
        if (socket.destroyed) throw new Error(`The connection ended without an answer: ${received}`)
        await Promise.race([new Promise((resolve) => socket.once('data', resolve)), ended])
      }
      return Number(received.slice(9, 12))
    },
    ended,
    cut: () => socket.destroy(),
  }
}
