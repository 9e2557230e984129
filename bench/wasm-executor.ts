import { createHash } from 'node:crypto'
import { createWasmExecutor, type ExecutionMeasure } from '#executors/wasm/index.ts'
import { ECHO } from '#executors/wasm/testing/sample-programs.ts'

export interface WasmExecutorFigures {
  /** From the first call to its result: process start, compilation, execution. */
  coldMs: number
  /** Inside the runner, from a job's arrival to its result, warm. */
  runnerMs: Percentiles
  /** `execute()` as the server sees it, warm. */
  executeMs: Percentiles
  /** Without a pause: every execution then waits for a fresh thread. */
  sustainedPerSecond: number
}

export interface Percentiles {
  p50: number
  p95: number
  p99: number
}

const LIMITS = {
  timeoutMs: 10_000,
  cpuMs: 10_000,
  memoryBytesMax: 16 * 1024 * 1024,
  outputBytesMax: 64 * 1024,
}
/** Long enough for a new spare thread to be ready before the next execution. */
const PAUSE_MS = 60

/** Measures one small program (stdin copied to stdout) on an executor of its own. */
export const measureWasmExecutor = async (
  runs = { warm: 200, sustained: 200 },
): Promise<WasmExecutorFigures> => {
  const measures: ExecutionMeasure[] = []
  const executor = createWasmExecutor({ onExecutionEnd: (measure) => measures.push(measure) })
  const digest = createHash('sha256').update(ECHO).digest('hex')
  const execute = () =>
    executor.execute({
      digest,
      owner: 'one owner',
      loadModule: () => Promise.resolve(ECHO),
      stdin: new TextEncoder().encode('hello, world\n'),
      args: [],
      env: {},
      limits: LIMITS,
    })
  try {
    const coldMs = await timed(execute)
    measures.length = 0
    const executeMs: number[] = []
    for (let run = 0; run < runs.warm; run += 1) {
      await pause(PAUSE_MS)
      executeMs.push(await timed(execute))
    }
    const runnerMs = measures.map((measure) => measure.runnerMs)
    const sustainedMs = await timed(() =>
      Promise.all(Array.from({ length: runs.sustained }, execute)),
    )
    return {
      coldMs,
      runnerMs: percentiles(runnerMs),
      executeMs: percentiles(executeMs),
      sustainedPerSecond: runs.sustained / (sustainedMs / 1_000),
    }
  } finally {
    await executor.close(0)
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const before = performance.now()
  await work()
  return performance.now() - before
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const percentiles = (values: readonly number[]): Percentiles => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

if (import.meta.main) console.log(await measureWasmExecutor())
