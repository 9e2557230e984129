import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import {
  parseReport,
  type RunnerCommand,
  type RunnerReport,
  type RunnerSettings,
} from './runner-protocol.ts'
import type { RunnerExit } from './executor-options.ts'

const STDERR_TAIL_CHARACTERS = 4_000
/** The runner's own heap; modules and programs live outside of it. */
const OLD_SPACE_MB = 256
/** Type stripping in the runner is itself a WebAssembly program and needs some memory. */
const MEMORY_PAGES_FLOOR = 2_048
/** The kernel ends the runner before the server when the machine runs out of memory. */
const OOM_SCORE = '800'

export interface RunnerProcess {
  readonly pid: number | null
  /** `onSent` is called as soon as the process took it, or cannot any more. */
  send(command: RunnerCommand, onSent?: () => void): void
  /** SIGKILL; the exit is reported as usual. Idempotent. */
  kill(reason: string): void
}

export interface RunnerHandlers {
  onReport: (report: RunnerReport) => void
  onExit: (exit: Omit<RunnerExit, 'lostExecutions' | 'isExpected'>) => void
}

export interface RunnerStart {
  settings: RunnerSettings
  memoryPagesMax: number
  tableElementsMax: number
  niceness: number
  /**
   * Compile whole modules at once instead of each function at its first call, so that a time limit
   * covers the whole of the work.
   */
  isEager: boolean
}

/**
 * Starts a runner process: Node's permission model on, nothing granted but threads and reading
 * the runner's own source files; an empty environment; no descriptors but its IPC channel and
 * stderr. A report that does not parse ends the process: it can only come from a broken one.
 */
export const startRunner = (start: RunnerStart, handlers: RunnerHandlers): RunnerProcess => {
  const child = spawn(process.execPath, commandLine(start), {
    cwd: import.meta.dirname,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
  })
  let killReason: string | null = null
  let stderrTail = ''
  const kill = (reason: string): void => {
    killReason ??= reason
    child.kill('SIGKILL')
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARACTERS)
  })
  child.on('message', (message: unknown) => {
    const report = parseReport(message)
    if (report === null) kill('It sent a report that makes no sense.')
    else handlers.onReport(report)
  })
  onEnd(child, (code, signal) => {
    handlers.onExit({ pid: child.pid ?? null, code, signal, killReason, stderrTail })
  })
  if (child.pid !== undefined) lowerPriority(child.pid, start.niceness)
  return {
    pid: child.pid ?? null,
    // The exit event tells of a channel that is gone; there is nobody to send to.
    send: (command, onSent = () => {}) => {
      if (child.connected) child.send(command, onSent)
      else onSent()
    },
    kill,
  }
}

const onEnd = (
  child: ChildProcess,
  listener: (code: number | null, signal: string | null) => void,
): void => {
  let hasEnded = false
  const once = (code: number | null, signal: string | null) => {
    if (hasEnded) return
    hasEnded = true
    listener(code, signal)
  }
  child.on('close', once)
  child.on('error', () => {
    if (child.pid === undefined) once(null, null)
  })
}

const commandLine = (start: RunnerStart): string[] => [
  ...sandboxFlags(start),
  ...ownSources().map((path) => `--allow-fs-read=${path}`),
  join(import.meta.dirname, 'runner', 'main.ts'),
  JSON.stringify(start.settings),
]

/**
 * The permission model grants threads and nothing else. Node 24 cannot deny the network by it;
 * see the worker's bootstrap for why no program gets near it.
 */
export const sandboxFlags = (start: Omit<RunnerStart, 'settings'>): string[] => [
  '--permission',
  '--allow-worker',
  `--wasm-max-mem-pages=${Math.max(start.memoryPagesMax, MEMORY_PAGES_FLOOR)}`,
  `--wasm-max-table-size=${start.tableElementsMax}`,
  `--max-old-space-size=${OLD_SPACE_MB}`,
  ...(start.isEager ? ['--no-wasm-lazy-compilation'] : []),
  '--disable-warning=SecurityWarning',
  '--disable-warning=ExperimentalWarning',
]

/** Every file the runner loads lies in these folders; tests beside them are left out. */
const ownSources = (): string[] =>
  ['runner', 'module', 'wasi'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => join(import.meta.dirname, folder, name)),
  )

/** Best effort: neither is possible on every system. */
const lowerPriority = (pid: number, niceness: number): void => {
  try {
    setPriority(pid, niceness)
  } catch {
    // The runner works at normal priority.
  }
  if (process.platform === 'linux') {
    writeFile(`/proc/${pid}/oom_score_adj`, OOM_SCORE).catch(() => {})
  }
}
