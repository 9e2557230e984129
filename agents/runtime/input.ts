import './exit'
import { extend, reserve } from './memory'
import { Text } from './text'
import { repairUtf8 } from './utf8'
import { fd_read } from './wasi_snapshot_preview1'

const STDIN = 0
const FIRST_BLOCK_BYTES = 65_536
/** 12 MiB leave a program room to work in the 64 MiB that it declares at most. */
const INPUT_BYTES_MAX = 12_582_912

const vector = memory.data(8, 8)
const sizeRead = memory.data(4, 4)

/** Everything on stdin, byte for byte. */
export function readBytes(): Text {
  let capacity = FIRST_BLOCK_BYTES
  let length = 0
  let block = reserve(capacity)
  while (true) {
    const size = readInto(block + length, capacity - length)
    if (size === 0) break
    length += size
    if (length > INPUT_BYTES_MAX) throw new Error('The input is longer than 12 MiB.')
    if (length === capacity) {
      capacity *= 2
      block = extend(block, capacity)
    }
  }
  return new Text(extend(block, length), length)
}

/** Everything on stdin as valid UTF-8: no byte order mark, U+FFFD for what is malformed. */
export function readText(): Text {
  return repairUtf8(readBytes())
}

/** Like {@link readText}, for programs that have nothing to say about nothing. */
export function readTextNotBlank(): Text {
  const text = readText()
  if (text.trim().length === 0) throw new Error('The input is empty.')
  return text
}

/** Reads at most `length` bytes; 0 at the end of the input. */
export function readInto(start: usize, length: i32): i32 {
  store<u32>(vector, <u32>start)
  store<u32>(vector, length, 4)
  if (fd_read(STDIN, vector, 1, sizeRead) !== 0) throw new Error('The input cannot be read.')
  return load<i32>(sizeRead)
}
