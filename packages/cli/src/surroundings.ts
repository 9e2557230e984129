import type { Readable, Writable } from 'node:stream'

/** All that a command has of the process around it; a test hands in its own. */
export interface Surroundings {
  stdin: Readable & { isTTY?: boolean }
  stdout: Output
  stderr: Output
  /** The variables of the environment. */
  variables: Readonly<Record<string, string | undefined>>
  /** Where relative paths start; absolute. */
  folder: string
  /** Where Ctrl-C is heard, as `SIGINT`. */
  signals: SignalSource
}

/** `isTTY` where a person reads it, in lines of `columns` cells. */
export type Output = Writable & { isTTY?: boolean; columns?: number }

export interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGINT', listener: () => void): unknown
}

export const surroundingsOf = (process: NodeJS.Process): Surroundings => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
  folder: process.cwd(),
  signals: process,
})
