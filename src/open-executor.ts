import { createWasmExecutor } from './executors/wasm/index.ts'
import type { Config } from './config.ts'
import type { Logger } from './platform/telemetry/logger.ts'

/** Runs programs in the sandbox, within the limits that are configured. */
export const openExecutor = (config: Config, logger: Logger) =>
  createWasmExecutor({
    concurrency: config.CADRE_EXECUTIONS_MAX,
    moduleBytesMax: config.CADRE_BINARY_BYTES_MAX,
    memoryBytesMax: config.CADRE_EXECUTION_MEMORY_BYTES,
    outputBytesMax: config.CADRE_EXECUTION_OUTPUT_BYTES,
    executionsPerWorker: config.CADRE_EXECUTIONS_PER_THREAD,
    onRunnerExit: ({ isExpected, ...exit }) =>
      isExpected ? logger.info('runner.exit', exit) : logger.warn('runner.exit', exit),
  })
