import { WASI_MODULE, type WasiName } from '../module/wasi-signatures.ts'
import { absentCalls } from './absent-calls.ts'
import { argumentCalls } from './argument-calls.ts'
import { descriptorCalls } from './descriptor-calls.ts'
import { CallFailure } from './errno.ts'
import type { Guest } from './guest.ts'
import { pollCall } from './poll-call.ts'
import { processCalls } from './process-calls.ts'
import { streamCalls } from './stream-calls.ts'

/**
 * Everything a program can reach outside its own memory: WASI preview 1 in a world without files
 * and network (WebAssembly/WASI, legacy/preview1). Each call answers an error number and never
 * lets a host exception through, whatever its arguments are.
 */
export const preview1Imports = (guest: Guest): WebAssembly.Imports => {
  const calls = {
    ...argumentCalls(guest),
    ...streamCalls(guest),
    ...descriptorCalls(guest),
    ...absentCalls(guest),
    ...processCalls(guest),
    ...pollCall(guest),
  } satisfies Record<WasiName, WebAssembly.ImportedFunction>
  const guarded = Object.entries(calls).map(([name, call]) => [name, guard(guest, call)])
  return { [WASI_MODULE]: Object.fromEntries(guarded) }
}

const guard =
  (guest: Guest, call: WebAssembly.ImportedFunction): WebAssembly.ImportedFunction =>
  (...values) => {
    guest.ending.assertRunning()
    try {
      return call(...values)
    } catch (error) {
      if (error instanceof CallFailure) return error.errno
      throw error
    }
  }
