import loadWabt from 'wabt'

const wabt = await loadWabt()

/** The binary of a module in text form. */
export const wat = (text: string): Uint8Array => {
  const module = wabt.parseWat('test.wat', text, FEATURES)
  try {
    return module.toBinary({}).buffer
  } finally {
    module.destroy()
  }
}

const FEATURES = { exceptions: true, tail_call: true, threads: true, memory64: true }

/** A command with one page of memory; `body` may call every imported WASI function by its name. */
export const command = (body: string, imports: readonly string[] = []): Uint8Array =>
  wat(`(module
    ${imports.map((name) => IMPORTS[name] ?? '').join('\n')}
    (memory (export "memory") 1)
    (func (export "_start") ${body}))`)

const IMPORTS: Readonly<Record<string, string>> = {
  fd_write:
    '(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))',
  fd_read:
    '(import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))',
  proc_exit: '(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))',
  random_get:
    '(import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))',
  poll_oneoff:
    '(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))',
  clock_time_get:
    '(import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))',
}
