import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient, type Client } from '@cadre/contract'

/** A whole Cadre in a process of its own, so that the test measures the server and not itself. */
export interface CadreProcess {
  url: string
  /** The administrator's key. */
  key: string
  dataDirectory: string
  processId: number
  client: Client
  /** A raw request with the administrator's key unless `headers` say otherwise. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Everything that the process wrote to its standard error so far. */
  log(): string
  stop(): Promise<void>
}

const ADMIN_KEY = 'administrator-key-of-the-tests'
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

export const startCadreProcess = async (
  settings: Record<string, string> = {},
): Promise<CadreProcess> => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-test-'))
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      CADRE_PORT: '0',
      CADRE_ADMIN_KEY: ADMIN_KEY,
      CADRE_DATA_DIR: dataDirectory,
      CADRE_DEMO_AGENTS: 'false',
      CADRE_SHUTDOWN_SECONDS: '2',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exited = once(child, 'exit')
  const url = await Promise.race([addressOf(child.stdout), exited.then(() => null)])
  if (url === null) throw new Error(`Cadre ended at its start: ${log}`)
  return {
    url,
    key: ADMIN_KEY,
    dataDirectory,
    processId: child.pid ?? 0,
    client: createClient({ baseUrl: url, key: ADMIN_KEY, fetch }),
    request: (path, init = {}) =>
      fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, ...init.headers },
      }),
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

const addressOf = async (stdout: NodeJS.ReadableStream): Promise<string> => {
  for await (const line of createInterface({ input: stdout })) {
    const address = /^Cadre is ready at (\S+)/.exec(line)?.[1]
    if (address !== undefined) return address
  }
  return new Promise(() => {})
}
