import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import type { PublishedAgent } from '@cadre/contract'
import { openClient, type ClientSettings } from './connection.ts'
import { printable } from './printable.ts'
import type { Session } from './session.ts'
import { statusLine } from './status-line.ts'
import type { Terminal } from './terminal.ts'
import { byteSize, percent } from './wording.ts'

const UPLOAD_TIMEOUT_MS = 10 * 60_000

export interface AgentUpload {
  /** What is said of the agent, as fields of the form; those that are undefined are left out. */
  fields: Readonly<Record<string, string | undefined>>
  path: string
  bytes: number
}

/** Publishes a program: the file is streamed, whatever its size. */
export const uploadAgent = async (
  { connection, terminal }: Pick<Session, 'connection' | 'terminal'>,
  upload: AgentUpload,
): Promise<PublishedAgent> => {
  const title = `Uploading ${printable(basename(upload.path))}`
  const progress = uploadProgress(terminal, title, upload.bytes)
  const client = openClient(connection, {
    timeoutMs: UPLOAD_TIMEOUT_MS,
    fetch: countingFetch(progress.sent),
  })
  return client.agents.publish(await formOf(upload)).finally(progress.close)
}

/** The fields come first, since Cadre reads them before it takes the file. */
const formOf = async ({ fields, path }: AgentUpload): Promise<FormData> => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.append(name, value)
  const binary = await openAsBlob(path, { type: 'application/wasm' })
  form.append('binary', binary, basename(path))
  return form
}

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
