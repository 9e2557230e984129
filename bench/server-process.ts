import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Cadre in a process of its own, as users run it. */
export interface ServerProcess {
  url: string
  key: string
  pid: number
  /** From spawning to the line that says it is ready. */
  readyMs: number
  dataDirectory: string
  /** SIGTERM and wait; `isDataKept` leaves the directory for another start. */
  stop(options?: { isDataKept: boolean }): Promise<void>
  /** SIGKILL, now; resolves when the process is gone. Data are kept. */
  kill(): Promise<void>
}

const ENTRY = join(import.meta.dirname, '..', 'src', 'main.ts')
export const BENCH_KEY = 'administrator-key-of-the-bench'

export const startServer = async (
  settings: Record<string, string> = {},
  options: {
    /** Gets what kills the process at once, even before it is ready. */
    onSpawn?: (kill: () => void) => void
  } = {},
): Promise<ServerProcess> => {
  const dataDirectory =
    settings['CADRE_DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'cadre-bench-')))
  const begin = performance.now()
  const child = spawn(process.execPath, [ENTRY], {
    env: {
      ...process.env,
      CADRE_PORT: '0',
      CADRE_ADMIN_KEY: BENCH_KEY,
      CADRE_LOG_LEVEL: 'error',
      ...settings,
      CADRE_DATA_DIR: dataDirectory,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  options.onSpawn?.(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error('The server ended before it was ready.'))),
  ])) as [string]
  const url = /http:\/\/\S+?(?=\/#|\s|$)/.exec(line)?.[0]
  if (url === undefined || child.pid === undefined) throw new Error(`Unexpected line: ${line}`)
  return {
    url,
    key: BENCH_KEY,
    pid: child.pid,
    readyMs: performance.now() - begin,
    dataDirectory,
    stop: async ({ isDataKept } = { isDataKept: false }) => {
      child.kill('SIGTERM')
      await exited
      if (!isDataKept) await rm(dataDirectory, { recursive: true, force: true })
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
