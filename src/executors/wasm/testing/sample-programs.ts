import { command, wat } from './wat.ts'

/** Copies stdin to stdout. */
export const ECHO = command(
  `(local $n i32)
   (loop $more
     (i32.store (i32.const 0) (i32.const 64))
     (i32.store (i32.const 4) (i32.const 4096))
     (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
     (local.set $n (i32.load (i32.const 8)))
     (if (local.get $n) (then
       (i32.store (i32.const 4) (local.get $n))
       (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
       (br $more))))`,
  ['fd_read', 'fd_write'],
)

/** Writes "hello" to stdout and "oops" to stderr, then ends with the given code. */
export const exiting = (code: number): Uint8Array =>
  wat(`(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00\\18\\00\\00\\00\\04\\00\\00\\00hello\\00\\00\\00oops")
    (func (export "_start")
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
      (drop (call $fd_write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 32)))
      (call $proc_exit (i32.const ${code}))))`)

export const ENDLESS = command('(loop (br 0))')

/** Writes "partial" and then never ends. */
export const PARTIAL_THEN_ENDLESS = wat(`(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\07\\00\\00\\00partial")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
    (loop (br 0))))`)

/** Grows its memory page by page until that is refused, then aborts as allocators do. */
export const MEMORY_HOG = command(
  '(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable',
)

/** Asks for everything at once, is refused, and ends well. */
export const MEMORY_PROBE = command('(drop (memory.grow (i32.const 60000)))')

/** Writes the whole first page again and again. */
export const OUTPUT_FLOOD = command(
  `(i32.store (i32.const 4) (i32.const 65536))
   (loop (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
     (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 65536)) (br 0))`,
  ['fd_write'],
)

/** The same through a catch_all, which catches whatever the host throws. */
export const CATCHING_FLOOD = command(
  `(loop $again
     (try (do (i32.store (i32.const 4) (i32.const 65536))
              (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
          (catch_all))
     (br $again))`,
  ['fd_write'],
)

/** Ends with code 7, catches the unwinding, and runs on. */
export const CATCHING_EXIT = command(
  `(try (do (call $proc_exit (i32.const 7))) (catch_all)) (loop (br 0))`,
  ['proc_exit'],
)

export const DEEP_RECURSION = wat(
  '(module (memory (export "memory") 1) (func $f (export "_start") (call $f) (call $f)))',
)

/** Throws an exception of 7 KiB inside the handler of the one before, and so on. */
export const EXCEPTION_HOG = wat(`(module (tag $t (param ${'i64 '.repeat(900)}))
  (memory (export "memory") 1)
  (func $f (export "_start")
    (try (do ${'(i64.const -1)'.repeat(900)} (throw $t)) (catch_all (call $f)))))`)

export const RANDOM_FLOOD = command(
  '(loop (drop (call $random_get (i32.const 0) (i32.const 65536))) (br 0))',
  ['random_get'],
)

/** Waits on the monotonic clock for an hour. */
export const SLEEPER = command(
  `(i32.store (i32.const 16) (i32.const 1))
   (i64.store (i32.const 24) (i64.const 3600000000000))
   (drop (call $poll_oneoff (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256)))`,
  ['poll_oneoff'],
)

/** Polls a stream that is always ready, for ever. */
export const POLL_FLOOD = command(
  `(i32.store8 (i32.const 8) (i32.const 2)) (i32.store (i32.const 16) (i32.const 1))
   (loop (drop (call $poll_oneoff (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256))) (br 0))`,
  ['poll_oneoff'],
)
