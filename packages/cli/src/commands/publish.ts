import { openAsBlob } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { openClient, type ClientSettings } from '../connection.ts'
import { CommandError } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import { statusLine } from '../status-line.ts'
import type { Terminal } from '../terminal.ts'
import { byteSize, percent } from '../wording.ts'
import type { AgentOptions } from './register.ts'

const UPLOAD_TIMEOUT_MS = 10 * 60_000
const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d]
const MODULE_VERSION = [0x01, 0x00, 0x00, 0x00]

interface PublishOptions extends AgentOptions {
  name?: string
}

/** `cadre publish FILE.wasm`: the file is streamed, whatever its size. */
export const publishAgent: Action<[file: string], PublishOptions> = async (
  { connection, terminal },
  [file],
  options,
) => {
  const bytes = await assertModule(file)
  const progress = uploadProgress(terminal, `Uploading ${printable(basename(file))}`, bytes)
  const client = openClient(connection, {
    timeoutMs: UPLOAD_TIMEOUT_MS,
    fetch: countingFetch(progress.sent),
  })
  const agent = await client.agents.publish(await formOf(file, options)).finally(progress.close)
  if (terminal.isJson) return terminal.document(agent)
  terminal.line(`Published ${printable(agent.name)} ${printable(agent.version)} (${agent.id}).`)
  terminal.note(`Run it with \`cadre run ${printable(agent.name)}\`.`)
}

/** The fields come first, since Cadre reads them before it takes the file. */
const formOf = async (file: string, options: PublishOptions): Promise<FormData> => {
  const { name = nameFrom(file), version, description, capability, price } = options
  const form = new FormData()
  form.append('name', name)
  if (version !== undefined) form.append('version', version)
  if (description !== undefined) form.append('description', description)
  if (capability !== undefined) form.append('capabilities', JSON.stringify(capability))
  if (price !== undefined) form.append('price', price)
  const binary = await openAsBlob(file, { type: 'application/wasm' })
  form.append('binary', binary, basename(file))
  return form
}

/** `My_Agent v2.wasm` → `my-agent-v2` */
export const nameFrom = (file: string): string =>
  basename(file)
    .replace(/\.wasm$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** What is plainly no module is said at once, not after an upload. */
const assertModule = async (file: string): Promise<number> => {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.message}`
    throw badFile(`${file} ${why}.`)
  })
  if (!stats.isFile()) throw badFile(`${file} is no file.`)
  await using handle = await open(file)
  const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0)
  if (!buffer.subarray(0, 4).equals(Buffer.from(WASM_MAGIC))) {
    throw badFile(`${file} is no WebAssembly file. Compile the agent to a .wasm module first.`)
  }
  if (!buffer.subarray(4).equals(Buffer.from(MODULE_VERSION))) {
    throw badFile(
      `${file} is a WebAssembly component or of an unknown version. Compile it as a core module for WASI preview 1.`,
    )
  }
  return stats.size
}

const badFile = (message: string) => new CommandError('cli.bad_file', message)

/** Makes the form a stream of our own, so that what has left can be counted. */
const countingFetch =
  (onSent: (bytes: number) => void): NonNullable<ClientSettings['fetch']> =>
  (input, init) => {
    if (!(init?.body instanceof FormData)) return fetch(input, init)
    const encoded = new Response(init.body)
    let sent = 0
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        sent += chunk.byteLength
        onSent(sent)
        controller.enqueue(chunk)
      },
    })
    const headers = new Headers(init.headers)
    headers.set('content-type', encoded.headers.get('content-type') ?? '')
    const body = encoded.body?.pipeThrough(counter)
    return fetch(input, { ...init, ...WITHOUT_COPY, headers, body } as RequestInit)
  }

/**
 * Without these, `fetch` keeps a copy of the whole body in memory, in case a redirect wants it
 * sent again (Fetch standard, HTTP-network-or-cache fetch).
 */
const WITHOUT_COPY = { duplex: 'half', redirect: 'error', window: null }

const uploadProgress = (terminal: Terminal, title: string, total: number) => {
  if (!terminal.isLive) return { sent: () => {}, close: () => {} }
  const line = statusLine(terminal)
  return {
    sent: (bytes: number) =>
      line.show(`${title} ${percent(Math.min(bytes / total, 1))} of ${byteSize(total)}`),
    close: () => line.close(),
  }
}
