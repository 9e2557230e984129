import { CLOCK_RESOLUTION_NS } from './budgets.ts'
import { ERRNO } from './errno.ts'
import type { Guest } from './guest.ts'

/** One call of the platform's generator fills at most this many bytes. */
const RANDOM_CHUNK_BYTES = 65_536
const SIGNAL_MAX = 30
/** Signals that POSIX ignores unless a program handles them: none, CHLD, CONT, URG, WINCH. */
const HARMLESS_SIGNALS: ReadonlySet<number> = new Set([0, 16, 17, 22, 27])
/** As a shell reports a program that a signal ended. */
const SIGNAL_EXIT_CODE = 128

/** Clocks, randomness, and the program's own end. */
export const processCalls = (guest: Guest) => {
  let randomBytes = 0
  return {
    clock_res_get: (clock: number, resolutionAt: number) => {
      guest.clocks.read(clock)
      guest.memory.setU64(resolutionAt, CLOCK_RESOLUTION_NS)
      return ERRNO.success
    },
    /** The wanted precision is a hint; no program gets a finer one than the resolution. */
    clock_time_get: (clock: number, _precision: bigint, timeAt: number) => {
      guest.memory.setU64(timeAt, guest.clocks.read(clock))
      return ERRNO.success
    },
    random_get: (at: number, length: number) => {
      const span = guest.memory.span(at, length)
      randomBytes += span.length
      if (randomBytes > guest.budgets.randomBytesMax) {
        guest.ending.end({
          outcome: 'trap',
          error: `The program asked for more than ${guest.budgets.randomBytesMax} random bytes.`,
        })
      }
      fillRandom(span)
      return ERRNO.success
    },
    sched_yield: () => ERRNO.success,
    proc_exit: (code: number) => guest.ending.end({ outcome: 'exit', exitCode: code >>> 0 }),
    proc_raise: (signal: number) => {
      if (signal >>> 0 > SIGNAL_MAX) return ERRNO.invalid
      if (HARMLESS_SIGNALS.has(signal)) return ERRNO.success
      return guest.ending.end({ outcome: 'exit', exitCode: SIGNAL_EXIT_CODE + signal })
    },
  }
}

const fillRandom = (span: Uint8Array<ArrayBuffer>): void => {
  for (let offset = 0; offset < span.length; offset += RANDOM_CHUNK_BYTES) {
    crypto.getRandomValues(span.subarray(offset, offset + RANDOM_CHUNK_BYTES))
  }
}
