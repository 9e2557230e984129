import { CLOCK_RESOLUTION_NS } from './budgets.ts'
import { CallFailure, ERRNO } from './errno.ts'

export const CLOCK = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const

const NS_PER_MS = 1_000_000
const NS_PER_US = 1_000n
/**
 * Where the monotonic clock starts: it must not tell how long the host is up, and 0 is taken for
 * a broken clock by some language runtimes.
 */
const MONOTONIC_ORIGIN_NS = 1_000_000_000n

/** The program's clocks, in nanoseconds, rounded down to {@link CLOCK_RESOLUTION_NS}. */
export class Clocks {
  private readonly startedMs = performance.now()
  private readonly cpuBaseline = process.threadCpuUsage()

  read(clock: number): bigint {
    const exact = this.exact(clock)
    return exact - (exact % CLOCK_RESOLUTION_NS)
  }

  /** For the host's own waiting; never shown to the program. */
  exact(clock: number): bigint {
    switch (clock) {
      case CLOCK.realtime:
        return BigInt(Date.now()) * BigInt(NS_PER_MS)
      case CLOCK.monotonic:
        return MONOTONIC_ORIGIN_NS + nanoseconds(performance.now() - this.startedMs)
      case CLOCK.processCpu:
      case CLOCK.threadCpu:
        return this.cpuNs()
      default:
        throw new CallFailure(ERRNO.invalid)
    }
  }

  private cpuNs(): bigint {
    const { user, system } = process.threadCpuUsage(this.cpuBaseline)
    return BigInt(user + system) * NS_PER_US
  }
}

const nanoseconds = (ms: number): bigint => BigInt(Math.floor(ms * NS_PER_MS))
