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

/** How a program ended, and how much linear memory it had then: the most that it ever had. */
export type MeasuredEnd = GuestEnd & { memoryBytes: number }

/**
 * What a worker thread answers: `ready` once; for each job the program's end, then `idle` when
 * the program has left the thread as it found it.
 */
export type WorkerReport = 'ready' | MeasuredEnd | 'idle'
