import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to RabbitMQ on which a test can take a consumer away without its owner being told. */
export interface AmqpSaboteur {
  url: string
  /** Cancels the last consumer of a queue in its owner's name; the server answers nothing. */
  cancelSilently(queue: string): void
  close(): Promise<void>
}

interface Consumer {
  server: Socket
  channel: number
  tag: string
}

// Frames and methods as AMQP 0-9-1 has them, sections 2.3.5 and 1.8.3.
const FRAME_HEAD_BYTES = 7
const FRAME_END = 0xce
const METHOD = 1
const BASIC = 60
const CONSUME = 20
const CANCEL = 30
/** What a client begins with is no frame. */
const GREETING_BYTES = 8

export const startAmqpSaboteur = async (serverUrl: string): Promise<AmqpSaboteur> => {
  const target = new URL(serverUrl)
  const consumers = new Map<string, Consumer>()
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    server.pipe(client)
    let pending = Buffer.alloc(0)
    let isGreeted = false
    // Passed on frame by frame, so that ours never lands within another.
    client.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes])
      for (;;) {
        const length = isGreeted ? frameLength(pending) : GREETING_BYTES
        if (pending.length < length) return
        const frame = pending.subarray(0, length)
        pending = pending.subarray(length)
        if (isGreeted) remember(frame, server)
        isGreeted = true
        server.write(frame)
      }
    })
  })
  const remember = (frame: Buffer, server: Socket) => {
    const isConsume =
      frame[0] === METHOD && frame.readUInt16BE(7) === BASIC && frame.readUInt16BE(9) === CONSUME
    if (!isConsume) return
    const queue = shortString(frame, 13)
    const tag = shortString(frame, 14 + Buffer.byteLength(queue))
    consumers.set(queue, { server, channel: frame.readUInt16BE(1), tag })
  }
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = new URL(serverUrl)
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    url: url.href,
    cancelSilently: (queue) => {
      const consumer = consumers.get(queue)
      if (consumer === undefined) throw new Error(`Nobody consumes ${queue}.`)
      consumer.server.write(cancelFrame(consumer))
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

/** Infinite while its head is not there yet. */
const frameLength = (bytes: Buffer): number =>
  bytes.length < FRAME_HEAD_BYTES ? Infinity : FRAME_HEAD_BYTES + bytes.readUInt32BE(3) + 1

const shortString = (frame: Buffer, at: number): string =>
  frame.toString('utf8', at + 1, at + 1 + frame.readUInt8(at))

const cancelFrame = ({ channel, tag }: Consumer): Buffer => {
  const name = Buffer.from(tag)
  const noWait = 1
  const payload = Buffer.concat([
    Buffer.from([0, BASIC, 0, CANCEL, name.length]),
    name,
    Buffer.from([noWait]),
  ])
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt8(METHOD, 0)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([FRAME_END])])
}
