import type { HostBudgets } from '../wasi/budgets.ts'
import type { GuestEnd } from '../wasi/guest-end.ts'

/** What the runner hands to a worker thread for one execution. */
export interface WorkerJob {
  module: WebAssembly.Module
  stdin: Uint8Array<ArrayBuffer>
  args: readonly string[]
  env: Readonly<Record<string, string>>
  output: SharedArrayBuffer
  budgets: HostBudgets
}

/**
 * What a worker thread answers: `ready` once; for each job the program's end, then `idle` when
 * the program has left the thread as it found it.
 */
export type WorkerReport = 'ready' | GuestEnd | 'idle'
