import { text } from 'node:stream/consumers'
import { usageError } from './failures.ts'
import type { Terminal } from './terminal.ts'

/** Asks a person on the terminal. */
export const askEmail = async (terminal: Terminal): Promise<string> => {
  assertSomebodyThere(terminal)
  return terminal.ask('E-mail: ')
}

/** Asks a person on the terminal, who does not see what is typed. */
export const askPassword = async (terminal: Terminal): Promise<string> => {
  assertSomebodyThere(terminal)
  return terminal.askHidden('Password: ')
}

/** What a program hands over, without the end of its line. */
export const secretFromStdin = async ({ input }: Terminal): Promise<string> =>
  (await text(input)).replace(/\r?\n$/, '')

const assertSomebodyThere = ({ isAnswering }: Terminal): void => {
  if (!isAnswering)
    throw usageError('Nobody can be asked here: give --email and --password-stdin, or --key-stdin.')
}
