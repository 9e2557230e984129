import type { WasiName } from '../module/wasi-signatures.ts'
import { WASI_MODULE } from '../module/wasi-signatures.ts'
import { OutputLog } from '../runner/output-log.ts'
import { HOST_BUDGETS, type HostBudgets } from '../wasi/budgets.ts'
import { Clocks } from '../wasi/clocks.ts'
import { DescriptorTable } from '../wasi/descriptors.ts'
import { Ending, type GuestEnd } from '../wasi/guest-end.ts'
import { GuestMemory } from '../wasi/guest-memory.ts'
import type { Guest } from '../wasi/guest.ts'
import { preview1Imports } from '../wasi/preview1.ts'

export interface GuestOptions {
  args?: readonly string[]
  env?: readonly string[]
  stdin?: string
  outputBytesMax?: number
  budgets?: Partial<HostBudgets>
}

const utf8 = new TextEncoder()

/** The WASI calls on one page of memory, called as a program would call them. */
export const createTestGuest = (options: GuestOptions = {}) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 })
  const ends: GuestEnd[] = []
  const output = OutputLog.ofCapacity(options.outputBytesMax ?? 1_000)
  const guest: Guest = {
    memory: new GuestMemory(memory),
    args: (options.args ?? []).map((text) => utf8.encode(text)),
    env: (options.env ?? []).map((text) => utf8.encode(text)),
    stdin: utf8.encode(options.stdin ?? ''),
    stdinOffset: 0,
    output,
    descriptors: new DescriptorTable(),
    clocks: new Clocks(),
    budgets: { ...HOST_BUDGETS, ...options.budgets },
    ending: new Ending((end) => ends.push(end)),
  }
  const imports = preview1Imports(guest)[WASI_MODULE] ?? {}
  const call = (name: WasiName, ...values: (number | bigint)[]): number | undefined =>
    imports[name]?.(...(values as never[]))
  return {
    call,
    ends,
    memory,
    view: () => new DataView(memory.buffer),
    text: (pointer: number, length: number) =>
      Buffer.from(memory.buffer, pointer, length).toString(),
    put: (pointer: number, text: string) =>
      new Uint8Array(memory.buffer).set(utf8.encode(text), pointer),
    written: (stream: 'stdout' | 'stderr') => Buffer.from(output.read(stream)).toString(),
    names: Object.keys(imports),
  }
}
