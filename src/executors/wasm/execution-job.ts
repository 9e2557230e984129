import type { ExecutionRequest } from '#features/tasks/executor.ts'
import { badArgument } from './executor-errors.ts'
import type { ResolvedOptions } from './executor-options.ts'
import { PAGE_BYTES } from './module/module-limits.ts'
import type { Job } from './runner-protocol.ts'

/** Timers hold no more than 31 bits of milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1
/** Program name, arguments and environment together. */
const ARGUMENT_BYTES_MAX = 1024 * 1024

/** The request within the executor's own maxima. */
export const toJob = (request: ExecutionRequest, options: ResolvedOptions): Job => ({
  digest: request.digest,
  owner: request.owner,
  pagesMax: wholeUpTo(request.limits.memoryBytesMax, options.memoryBytesMax, PAGE_BYTES),
  stdin: request.stdin,
  args: request.args,
  env: request.env,
  timeoutMs: wholeUpTo(request.limits.timeoutMs, TIMER_MS_MAX),
  cpuMs: wholeUpTo(request.limits.cpuMs, TIMER_MS_MAX),
  outputBytesMax: wholeUpTo(request.limits.outputBytesMax, options.outputBytesMax),
})

/** `value` in whole units, at most `max`; what makes no sense counts as nothing. */
const wholeUpTo = (value: number, max: number, unit = 1): number =>
  Math.floor(Math.max(0, Math.min(value, max)) / unit) || 0

/** Past everything the runner itself enforces: compiling, running, and stopping. */
export const backstopMs = (job: Job, options: ResolvedOptions): number =>
  Math.min(options.compileTimeoutMs + job.timeoutMs + 2 * options.killGraceMs, TIMER_MS_MAX)

/** Throws an `AppError` for what no program can be handed: its strings end at a zero byte. */
export const checkArguments = (request: ExecutionRequest): void => {
  const names = Object.keys(request.env)
  const texts = [...request.args, ...names, ...Object.values(request.env)]
  if (texts.some((text) => text.includes('\0'))) {
    throw badArgument('Arguments and environment variables must not contain a zero byte.')
  }
  if (names.some((name) => name === '' || name.includes('='))) {
    throw badArgument('The name of an environment variable must not be empty or contain "=".')
  }
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
  if (bytes > ARGUMENT_BYTES_MAX) {
    throw badArgument(`Arguments and environment exceed ${ARGUMENT_BYTES_MAX} bytes together.`)
  }
}
