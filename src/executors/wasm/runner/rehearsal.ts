import type { Worker } from 'node:worker_threads'
import { HOST_BUDGETS } from '../wasi/budgets.ts'
import { OutputLog } from './output-log.ts'
import type { WorkerJob, WorkerReport } from './worker-protocol.ts'

/**
 * ```wat
 * (module
 *   (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
 *   (memory (export "memory") 1)
 *   (data (i32.const 0) "\10\00\00\00\08\00\00\00")
 *   (func (export "_start")
 *     (drop (call $args (i32.const 32) (i32.const 36)))
 *     (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 40)))
 *     (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 44)))
 *     (drop (call $time (i32.const 1) (i64.const 1) (i32.const 48)))
 *     (drop (call $random (i32.const 16) (i32.const 8)))
 *     (call $exit (i32.const 0))))
 * ```
 */
const PROGRAM =
  'AGFzbQEAAAABHQVgAn9/AX9gBH9/f38Bf2ADf35/AX9gAX8AYAAAAtsBBhZ3YXNpX3NuYXBzaG90X3ByZXZpZXcx' +
  'DmFyZ3Nfc2l6ZXNfZ2V0AAAWd2FzaV9zbmFwc2hvdF9wcmV2aWV3MQdmZF9yZWFkAAEWd2FzaV9zbmFwc2hvdF9w' +
  'cmV2aWV3MQhmZF93cml0ZQABFndhc2lfc25hcHNob3RfcHJldmlldzEOY2xvY2tfdGltZV9nZXQAAhZ3YXNpX3Nu' +
  'YXBzaG90X3ByZXZpZXcxCnJhbmRvbV9nZXQAABZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCXByb2NfZXhpdAADAwIB' +
  'BAUDAQABBxMCBm1lbW9yeQIABl9zdGFydAAGCjUBMwBBIEEkEAAaQQBBAEEBQSgQARpBAUEAQQFBLBACGkEBQgFB' +
  'MBADGkEQQQgQBBpBABAFCwsOAQBBAAsIEAAAAAgAAAA='

const REHEARSALS = 2

/**
 * Lets a new worker run a program of our own before any other. The first program on a thread
 * takes 3 ms, a later one a fraction: by then the calls into the host are compiled and the
 * channel is warm. Every execution has its own instance and memory, so nothing is left over.
 */
export const rehearse = async (worker: Worker): Promise<void> => {
  program ??= new WebAssembly.Module(Buffer.from(PROGRAM, 'base64'))
  for (let count = 0; count < REHEARSALS; count += 1) {
    const job: WorkerJob = {
      module: program,
      stdin: new Uint8Array(8),
      args: ['rehearsal'],
      env: { REHEARSAL: '1' },
      output: OutputLog.ofCapacity(8).shared,
      budgets: HOST_BUDGETS,
    }
    worker.postMessage(job)
    await becomesIdle(worker)
  }
}

const becomesIdle = (worker: Worker): Promise<void> =>
  new Promise((resolve) => {
    const listen = (report: WorkerReport): void => {
      if (report !== 'idle') return
      worker.off('message', listen)
      resolve()
    }
    worker.on('message', listen)
  })

/** Compiled once; every worker shares the code. */
let program: WebAssembly.Module | undefined
