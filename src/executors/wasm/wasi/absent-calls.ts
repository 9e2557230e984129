import { ERRNO, type Errno } from './errno.ts'
import type { Guest } from './guest.ts'

/** Calls on directories and sockets. There are none, so an open descriptor is of the wrong kind. */
export const absentCalls = (guest: Guest) => {
  const of = (fd: number, errno: Errno): Errno =>
    guest.descriptors.find(fd) === undefined ? ERRNO.badDescriptor : errno
  const inDirectory = (fd: number) => of(fd, ERRNO.notDirectory)
  const onSocket = (fd: number) => of(fd, ERRNO.notSocket)
  return {
    path_create_directory: inDirectory,
    path_filestat_get: inDirectory,
    path_filestat_set_times: inDirectory,
    path_link: inDirectory,
    path_open: inDirectory,
    path_readlink: inDirectory,
    path_remove_directory: inDirectory,
    path_rename: inDirectory,
    /** Its directory comes third, after the link's text. */
    path_symlink: (_textAt: number, _textLength: number, fd: number) => inDirectory(fd),
    path_unlink_file: inDirectory,
    sock_accept: onSocket,
    sock_recv: onSocket,
    sock_send: onSocket,
    sock_shutdown: onSocket,
  }
}
