import { CallFailure, ERRNO } from './errno.ts'

export type Stream = 'stdin' | 'stdout' | 'stderr'

export interface Descriptor {
  stream: Stream
  /** The `fdflags` a program has set; kept and answered, without effect on a pipe. */
  flags: number
  rights: bigint
}

/** The `rights` bits that mean something without a file system. */
export const RIGHT = {
  read: 1n << 1n,
  setFlags: 1n << 3n,
  write: 1n << 6n,
  stat: 1n << 21n,
  poll: 1n << 27n,
} as const

/** `filetype::unknown`: preview 1 has no word for a pipe. */
export const PIPE_FILE_TYPE = 0

const SHARED_RIGHTS = RIGHT.setFlags | RIGHT.stat | RIGHT.poll

/** The open descriptors: the three standard streams, until the program closes or moves them. */
export class DescriptorTable {
  private readonly open = new Map<number, Descriptor>([
    [0, { stream: 'stdin', flags: 0, rights: RIGHT.read | SHARED_RIGHTS }],
    [1, { stream: 'stdout', flags: 0, rights: RIGHT.write | SHARED_RIGHTS }],
    [2, { stream: 'stderr', flags: 0, rights: RIGHT.write | SHARED_RIGHTS }],
  ])

  find(number: number): Descriptor | undefined {
    return this.open.get(number >>> 0)
  }

  get(number: number): Descriptor {
    const descriptor = this.find(number)
    if (descriptor === undefined) throw new CallFailure(ERRNO.badDescriptor)
    return descriptor
  }

  close(number: number): void {
    this.get(number)
    this.open.delete(number >>> 0)
  }

  /** Both must be open; what `to` named before is closed. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from)
    this.get(to)
    this.open.delete(from >>> 0)
    this.open.set(to >>> 0, descriptor)
  }
}
