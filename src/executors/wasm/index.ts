export type { ExecutionMeasure, RunnerExit, WasmExecutorOptions } from './executor-options.ts'
export { createWasmExecutor, type WasmExecutor, type WasmExecutorStats } from './wasm-executor.ts'
