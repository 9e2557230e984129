import type { HostBudgets } from '../wasi/budgets.ts'
import type { GuestEnd } from '../wasi/guest-end.ts'

/** What the runner hands to a worker thread, once. */
export interface WorkerJob {
  module: WebAssembly.Module
  stdin: Uint8Array<ArrayBuffer>
  args: readonly string[]
  env: Readonly<Record<string, string>>
  output: SharedArrayBuffer
  budgets: HostBudgets
}

/** What a worker thread answers: `ready` once, then the program's end. */
export type WorkerReport = 'ready' | GuestEnd
