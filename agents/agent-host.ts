import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buildAgents } from '../scripts/build-agents.ts'

export interface AgentRun {
  exitCode: number
  stdout: string
  stderr: string
  durationMs: number
  /** Size of the linear memory at the end; it never shrinks, so this is the peak. */
  memoryBytes: number
}

const root = resolve(import.meta.dirname, '..')
const folder = join(root, '.build/agents')
const modules = new Map<string, Promise<WebAssembly.Module>>()
let build: ReturnType<typeof buildAgents> | undefined

/** Brings `.build/agents` up to date, once per process, and answers its manifest. */
export async function builtAgents() {
  build ??= buildAgents(root, folder)
  return (await build).manifest.agents
}

/**
 * Runs a demonstration agent in this process for tests. The host knows no call but the four that
 * our programs may import, and hands out input in pieces, as a pipe does.
 */
export async function runAgent(name: string, input: string | Uint8Array): Promise<AgentRun> {
  const stdin = typeof input === 'string' ? Buffer.from(input) : input
  const host = new TestHost(stdin)
  const instance = new WebAssembly.Instance(await moduleOf(name), {
    wasi_snapshot_preview1: host.imports,
  })
  return host.run(instance.exports)
}

/** Like {@link runAgent} for input that must be understood: the parsed result. */
export async function resultOf<Result = unknown>(name: string, input: unknown): Promise<Result> {
  const run = await runAgent(name, typeof input === 'string' ? input : JSON.stringify(input))
  if (run.exitCode !== 0) throw new Error(`${name} ended with ${run.exitCode}: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

/** The sentence with which an agent refuses an input; throws if it does not. */
export async function refusalOf(name: string, input: unknown): Promise<string> {
  const run = await runAgent(name, typeof input === 'string' ? input : JSON.stringify(input))
  if (run.exitCode !== 1) throw new Error(`${name} ended with ${run.exitCode}: ${run.stderr}`)
  return run.stderr.trimEnd()
}

async function moduleOf(name: string): Promise<WebAssembly.Module> {
  const cached = modules.get(name)
  if (cached) return cached
  const compiled = binaryOf(name).then((bytes) => WebAssembly.compile(bytes))
  modules.set(name, compiled)
  return compiled
}

/** The program of an agent, for hosts other than this one. */
export async function binaryOf(name: string): Promise<Uint8Array> {
  await builtAgents()
  return readFile(join(folder, `${name}.wasm`))
}

const PIECE_BYTES = 50_000

class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

class TestHost {
  readonly imports = {
    fd_read: (fd: number, vectors: number, count: number, sizeOut: number) =>
      this.#read(fd, vectors, count, sizeOut),
    fd_write: (fd: number, vectors: number, count: number, sizeOut: number) =>
      this.#write(fd, vectors, count, sizeOut),
    random_get: (start: number, length: number) => {
      crypto.getRandomValues(new Uint8Array(this.#memory.buffer, start, length))
      return 0
    },
    proc_exit: (code: number) => {
      throw new Exit(code)
    },
  }
  readonly #stdin: Uint8Array
  readonly #output = new Map<number, Buffer[]>()
  #memory = new WebAssembly.Memory({ initial: 0 })
  #consumed = 0

  constructor(stdin: Uint8Array) {
    this.#stdin = stdin
  }

  run(exports: Readonly<Record<string, unknown>>): AgentRun {
    const { memory, _start: start } = exports
    if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
      throw new Error('the program must export memory and _start')
    }
    this.#memory = memory
    const startedAt = performance.now()
    const exitCode = exitCodeOf(start)
    return {
      exitCode,
      stdout: this.#text(1),
      stderr: this.#text(2),
      durationMs: performance.now() - startedAt,
      memoryBytes: memory.buffer.byteLength,
    }
  }

  #read(fd: number, vectors: number, count: number, sizeOut: number): number {
    if (fd !== 0 || count !== 1) return 8
    const view = new DataView(this.#memory.buffer)
    const length = Math.min(PIECE_BYTES, view.getUint32(vectors + 4, true))
    const piece = this.#stdin.subarray(this.#consumed, this.#consumed + length)
    new Uint8Array(this.#memory.buffer).set(piece, view.getUint32(vectors, true))
    this.#consumed += piece.length
    view.setUint32(sizeOut, piece.length, true)
    return 0
  }

  #write(fd: number, vectors: number, count: number, sizeOut: number): number {
    if ((fd !== 1 && fd !== 2) || count !== 1) return 8
    const view = new DataView(this.#memory.buffer)
    const start = view.getUint32(vectors, true)
    const length = Math.min(PIECE_BYTES, view.getUint32(vectors + 4, true))
    const pieces = this.#output.get(fd) ?? []
    pieces.push(Buffer.from(this.#memory.buffer.slice(start, start + length)))
    this.#output.set(fd, pieces)
    view.setUint32(sizeOut, length, true)
    return 0
  }

  /** Output must be valid UTF-8, so anything else throws here. */
  #text(fd: number): string {
    const bytes = Buffer.concat(this.#output.get(fd) ?? [])
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  }
}

function exitCodeOf(start: CallableFunction): number {
  try {
    start()
    return 0
  } catch (error) {
    if (error instanceof Exit) return error.code
    throw error
  }
}
