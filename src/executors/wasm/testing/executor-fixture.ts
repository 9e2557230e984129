import { createHash } from 'node:crypto'
import type { Execution, ExecutionRequest } from '#features/tasks/executor.ts'
import { createWasmExecutor, type RunnerExit, type WasmExecutorOptions } from '../index.ts'

export type TestRequest = Partial<Omit<ExecutionRequest, 'limits'>> & {
  limits?: Partial<ExecutionRequest['limits']>
}

const LIMITS = {
  timeoutMs: 20_000,
  cpuMs: 20_000,
  memoryBytesMax: 4 * 1024 * 1024,
  outputBytesMax: 64 * 1024,
}

/** An executor with small limits, and what a test wants to know about it. */
export const createTestExecutor = (options: WasmExecutorOptions = {}) => {
  const exits: RunnerExit[] = []
  const executor = createWasmExecutor({
    concurrency: 2,
    spareWorkers: 2,
    ...options,
    onRunnerExit: (exit) => exits.push(exit),
  })
  const run = (module: Uint8Array, request: TestRequest = {}): Promise<Execution> =>
    executor.execute({
      digest: digestOf(module),
      owner: 'one owner',
      loadModule: () => Promise.resolve(module),
      stdin: new Uint8Array(),
      args: [],
      env: {},
      ...request,
      limits: { ...LIMITS, ...request.limits },
    })
  return { executor, run, exits }
}

export const digestOf = (module: Uint8Array): string =>
  createHash('sha256').update(module).digest('hex')
