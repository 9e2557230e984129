import type { ExecutionOutcome } from '@cadre/contract'

/** Budgets of one execution. The executor enforces each of them from outside the program. */
export interface ExecutionLimits {
  /** Wall time of the execution, in milliseconds. */
  timeoutMs: number
  /** Processor time of the execution, in milliseconds. */
  cpuMs: number
  /** Linear memory, in bytes; rounded down to whole pages of 64 KiB. */
  memoryBytesMax: number
  /** Bytes of stdout and stderr together. */
  outputBytesMax: number
}

export interface ExecutionRequest {
  /** SHA-256 of the module in lower-case hexadecimal; executors cache compiled code under it. */
  digest: string
  /** A trust boundary, such as tenant and agent: no thread ever serves two owners. */
  owner: string
  /** Reads the module. Called only when the executor does not hold the digest yet. */
  loadModule: () => Promise<Uint8Array>
  stdin: Uint8Array
  args: readonly string[]
  env: Readonly<Record<string, string>>
  limits: ExecutionLimits
  /** Aborting ends the execution with outcome `cancelled`. */
  signal?: AbortSignal
}

export interface Execution {
  outcome: ExecutionOutcome
  /** Set when the program ended by itself. */
  exitCode: number | null
  /** What the program wrote until its end, even when it was killed. Malformed UTF-8 is replaced. */
  stdout: string
  stderr: string
  durationMs: number
  /** The most linear memory that it had; null when it was killed or never began. */
  memoryBytes: number | null
  /** A sentence for people when the outcome is not `exit`. */
  error: string | null
}

export interface ExecutorHealth {
  isHealthy: boolean
  detail: string
}

/**
 * Runs one attempt of an agent's program. `execute` never rejects for anything the program did:
 * every end is an {@link Execution}; it rejects only with an `AppError` when no execution could
 * be tried at all (for example while shutting down).
 */
export interface Executor {
  execute(request: ExecutionRequest): Promise<Execution>
  health(): ExecutorHealth
  /** Waits for running executions up to `graceMs`, then kills them. Idempotent. */
  close(graceMs: number): Promise<void>
}
