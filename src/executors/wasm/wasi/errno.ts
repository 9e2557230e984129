/** Error numbers of WASI preview 1 that Cadre answers with. */
export const ERRNO = {
  success: 0,
  badDescriptor: 8,
  fault: 21,
  invalid: 28,
  notDirectory: 54,
  notSocket: 57,
  notSupported: 58,
  overflow: 61,
  seekOnPipe: 70,
  notCapable: 76,
} as const

export type Errno = (typeof ERRNO)[keyof typeof ERRNO]

/** Ends one call with an error number; the call's wrapper turns it into the answer. */
export class CallFailure extends Error {
  readonly errno: Errno

  constructor(errno: Errno) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}
