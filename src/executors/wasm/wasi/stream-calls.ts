import { CallFailure, ERRNO } from './errno.ts'
import type { Descriptor } from './descriptors.ts'
import type { Guest } from './guest.ts'
import { RIGHT } from './descriptors.ts'

/** `fd_read` and `fd_write` on the standard streams. */
export const streamCalls = (guest: Guest) => ({
  fd_read: (fd: number, buffersAt: number, bufferCount: number, readAt: number) => {
    demand(guest.descriptors.get(fd), { right: RIGHT.read, isReading: true })
    guest.memory.check(readAt, 4)
    const start = guest.stdinOffset
    for (const buffer of guest.memory.buffers(buffersAt, bufferCount)) {
      const part = guest.stdin.subarray(guest.stdinOffset, guest.stdinOffset + buffer.length)
      guest.memory.span(buffer.pointer, part.length).set(part)
      guest.stdinOffset += part.length
    }
    guest.memory.setU32(readAt, guest.stdinOffset - start)
    return ERRNO.success
  },

  fd_write: (fd: number, buffersAt: number, bufferCount: number, writtenAt: number) => {
    const descriptor = guest.descriptors.get(fd)
    demand(descriptor, { right: RIGHT.write, isReading: false })
    guest.memory.check(writtenAt, 4)
    let written = 0
    for (const buffer of guest.memory.buffers(buffersAt, bufferCount)) {
      write(guest, descriptor, guest.memory.span(buffer.pointer, buffer.length))
      written += buffer.length
    }
    guest.memory.setU32(writtenAt, written)
    return ERRNO.success
  },
})

const demand = (descriptor: Descriptor, need: { right: bigint; isReading: boolean }): void => {
  if ((descriptor.stream === 'stdin') !== need.isReading) throw new CallFailure(ERRNO.badDescriptor)
  if ((descriptor.rights & need.right) === 0n) throw new CallFailure(ERRNO.notCapable)
}

const write = (guest: Guest, descriptor: Descriptor, bytes: Uint8Array): void => {
  const stream = descriptor.stream === 'stderr' ? 'stderr' : 'stdout'
  if (guest.output.append(stream, bytes)) return
  guest.ending.end({
    outcome: 'output_limit',
    error: `The program wrote more than ${guest.output.capacity} bytes to stdout and stderr.`,
  })
}
