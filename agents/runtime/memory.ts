/**
 * Programs live for one input and never free: the `stub` run time only moves a pointer. Large
 * blocks are therefore sized before they are filled, so that none is ever copied to grow.
 */
const PAGE_BYTES: usize = 65_536
/** Room beyond the block for small objects, so that the allocator itself does not have to grow. */
const SLACK_BYTES: usize = 262_144

/** A zeroed block of `bytes` bytes. Throws a sentence for people when the sandbox has no more. */
export function reserve(bytes: usize): usize {
  makeRoom(heap.alloc(0), bytes)
  const block = heap.alloc(bytes)
  memory.fill(block, 0, bytes)
  return block
}

/** Grows the newest block in place; any older one is copied. */
export function extend(block: usize, bytes: usize): usize {
  makeRoom(block, bytes)
  return heap.realloc(block, bytes)
}

/** Grows memory by just what is missing; left alone, the allocator would ask for twice as much. */
function makeRoom(start: usize, bytes: usize): void {
  const end = start + bytes + SLACK_BYTES
  const available = <usize>memory.size() * PAGE_BYTES
  if (end <= available) return
  const pages = <i32>((end - available + PAGE_BYTES - 1) / PAGE_BYTES)
  if (memory.grow(pages) < 0) throw new Error('This input needs more memory than the sandbox has.')
}
