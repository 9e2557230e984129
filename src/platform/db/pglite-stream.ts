import { Duplex } from 'node:stream'
import type { Worker } from 'node:worker_threads'

/** Protocol messages of PostgreSQL 3.0 (manual, chapter 54): authentication ok, ready for query. */
const AUTHENTICATION_OK = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
const TERMINATE = 0x58

/**
 * A socket for the `pg` driver whose other end is a PGlite thread. PGlite has one session that
 * needs no authentication, so the handshake is answered here.
 */
export class PgliteStream extends Duplex {
  readonly #thread: Worker
  #isStarted = false

  constructor(thread: Worker) {
    super()
    this.#thread = thread
    thread.on('message', (answer: unknown) => {
      if (answer instanceof Uint8Array)
        this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength))
    })
    thread.once('exit', () => this.destroy())
  }

  connect(): this {
    setImmediate(() => this.emit('connect'))
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send(chunk)
    done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)))
    done()
  }

  #send(bytes: Buffer): void {
    if (!this.#isStarted) {
      this.#isStarted = true
      this.push(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY]))
    } else if (bytes[0] === TERMINATE) this.push(null)
    else this.#thread.postMessage(new Uint8Array(bytes))
  }
}
