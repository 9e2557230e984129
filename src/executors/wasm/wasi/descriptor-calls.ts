import { PIPE_FILE_TYPE } from './descriptors.ts'
import { CallFailure, ERRNO, type Errno } from './errno.ts'
import type { Guest } from './guest.ts'

const FDSTAT_BYTES = 24
const FILESTAT_BYTES = 64
const FDFLAGS_ALL = 0b1_1111
const WHENCE_MAX = 2
const ADVICE_MAX = 5
const FSTFLAGS_ALL = 0b1111

/** Calls on a descriptor other than reading and writing. Every open descriptor is a pipe. */
export const descriptorCalls = (guest: Guest) => {
  const { descriptors } = guest
  /** A call that is sound but does not fit a pipe. */
  const unfit = (fd: number, errno: Errno): Errno => {
    descriptors.get(fd)
    return errno
  }
  return {
    fd_close: (fd: number) => {
      descriptors.close(fd)
      return ERRNO.success
    },
    fd_renumber: (from: number, to: number) => {
      descriptors.renumber(from, to)
      return ERRNO.success
    },
    fd_fdstat_get: (fd: number, statAt: number) => {
      const { flags, rights } = descriptors.get(fd)
      guest.memory.span(statAt, FDSTAT_BYTES).fill(0)
      guest.memory.setU8(statAt, PIPE_FILE_TYPE)
      guest.memory.setU16(statAt + 2, flags)
      guest.memory.setU64(statAt + 8, rights)
      return ERRNO.success
    },
    fd_fdstat_set_flags: (fd: number, flags: number) => {
      const descriptor = descriptors.get(fd)
      demandFlags(flags, FDFLAGS_ALL)
      descriptor.flags = flags
      return ERRNO.success
    },
    /** Rights can only be given up. */
    fd_fdstat_set_rights: (fd: number, base: bigint, inheriting: bigint) => {
      const descriptor = descriptors.get(fd)
      const kept = BigInt.asUintN(64, base)
      if ((kept & ~descriptor.rights) !== 0n || inheriting !== 0n) return ERRNO.notCapable
      descriptor.rights = kept
      return ERRNO.success
    },
    fd_filestat_get: (fd: number, statAt: number) => {
      descriptors.get(fd)
      guest.memory.span(statAt, FILESTAT_BYTES).fill(0)
      guest.memory.setU8(statAt + 16, PIPE_FILE_TYPE)
      return ERRNO.success
    },
    fd_filestat_set_size: (fd: number) => unfit(fd, ERRNO.invalid),
    fd_filestat_set_times: (fd: number, _access: bigint, _modification: bigint, flags: number) => {
      descriptors.get(fd)
      demandFlags(flags, FSTFLAGS_ALL)
      return ERRNO.notSupported
    },
    fd_advise: (fd: number, _offset: bigint, _length: bigint, advice: number) => {
      descriptors.get(fd)
      return advice >>> 0 > ADVICE_MAX ? ERRNO.invalid : ERRNO.seekOnPipe
    },
    fd_seek: (fd: number, _offset: bigint, whence: number) => {
      descriptors.get(fd)
      return whence >>> 0 > WHENCE_MAX ? ERRNO.invalid : ERRNO.seekOnPipe
    },
    fd_tell: (fd: number) => unfit(fd, ERRNO.seekOnPipe),
    fd_pread: (fd: number) => unfit(fd, ERRNO.seekOnPipe),
    fd_pwrite: (fd: number) => unfit(fd, ERRNO.seekOnPipe),
    fd_allocate: (fd: number) => unfit(fd, ERRNO.seekOnPipe),
    fd_sync: (fd: number) => unfit(fd, ERRNO.invalid),
    fd_datasync: (fd: number) => unfit(fd, ERRNO.invalid),
    fd_readdir: (fd: number) => unfit(fd, ERRNO.notDirectory),
    /** No directory is ever preopened; language runtimes ask until they read EBADF. */
    fd_prestat_get: () => ERRNO.badDescriptor,
    fd_prestat_dir_name: () => ERRNO.badDescriptor,
  }
}

const demandFlags = (flags: number, known: number): void => {
  if ((flags & ~known) !== 0) throw new CallFailure(ERRNO.invalid)
}
