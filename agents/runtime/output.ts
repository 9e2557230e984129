import { Text } from './text'
import { fd_write, proc_exit } from './wasi_snapshot_preview1'

const STDOUT = 1
const BUFFER_BYTES = 65_536
/** Nobody reads our output any more (`EX_IOERR` of sysexits). */
const EXIT_OUTPUT_CLOSED = 74

const buffer = memory.data(65_536, 16)
const vector = memory.data(8, 8)
const sizeWritten = memory.data(4, 4)
let used = 0

/** Collects output in one block and hands it to the host whenever the block is full. */
export function putByte(byte: i32): void {
  if (used === BUFFER_BYTES) flush()
  store<u8>(buffer + used, <u8>byte)
  used++
}

export function putText(text: Text): void {
  if (text.length > BUFFER_BYTES - used) flush()
  if (text.length > BUFFER_BYTES) {
    writeAll(STDOUT, text.start, text.length)
    return
  }
  memory.copy(buffer + used, text.start, text.length)
  used += text.length
}

/** Every program ends with it; what is still in the block is lost otherwise. */
export function flush(): void {
  writeAll(STDOUT, buffer, used)
  used = 0
}

/** A host may take less than it was offered, so the rest is offered again. */
export function writeAll(fd: i32, start: usize, length: i32): void {
  let done = 0
  while (done < length) {
    store<u32>(vector, <u32>(start + done))
    store<u32>(vector, length - done, 4)
    if (fd_write(fd, vector, 1, sizeWritten) !== 0) proc_exit(EXIT_OUTPUT_CLOSED)
    const written = load<i32>(sizeWritten)
    if (written <= 0) proc_exit(EXIT_OUTPUT_CLOSED)
    done += written
  }
}
