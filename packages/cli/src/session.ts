import type { Client } from '@cadre/contract/client'
import type { Connection } from './connection.ts'
import type { Environment } from './environment.ts'
import type { SignalSource } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

/** What every command works with. */
export interface Session {
  client: Client
  connection: Connection
  environment: Environment
  terminal: Terminal
  /** Where a path leads that somebody typed: a relative one starts in the working folder. */
  pathOf: (typed: string) => string
  /** Where Ctrl-C is heard. */
  signals: SignalSource
}

/** A command: its arguments as typed, its options, and its exit code (0 where it gives none). */
export type Action<Args extends unknown[] = [], Options = object> = (
  session: Session,
  args: Args,
  options: Options,
) => Promise<number | void>

/** Loads a command's code when it runs: starting up pays for one command only. */
export type Lazy = <Args extends unknown[], Options>(
  load: () => Promise<Action<Args, Options>>,
) => (...received: unknown[]) => Promise<void>
