import type { OutputLog } from '../runner/output-log.ts'
import type { HostBudgets } from './budgets.ts'
import type { Clocks } from './clocks.ts'
import type { DescriptorTable } from './descriptors.ts'
import type { Ending } from './guest-end.ts'
import type { GuestMemory } from './guest-memory.ts'

/** One running program as the WASI calls see it. */
export interface Guest {
  /** Set once the program is instantiated; no call can come earlier, for it has no start section. */
  memory: GuestMemory
  /** Program name and arguments, UTF-8. */
  args: readonly Uint8Array[]
  /** `NAME=value`, UTF-8. */
  env: readonly Uint8Array[]
  stdin: Uint8Array
  /** Bytes of stdin already read. */
  stdinOffset: number
  output: OutputLog
  descriptors: DescriptorTable
  clocks: Clocks
  budgets: HostBudgets
  ending: Ending
}
