import { usageError } from './failures.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks a person on the terminal; everything but yes is no.
 * @throws CommandError where nobody can answer
 */
export const confirm = async (question: string, terminal: Terminal): Promise<boolean> => {
  if (terminal.isJson || !terminal.isAnswering)
    throw usageError('Nobody can be asked here: say --yes, or --dry-run to see what would happen.')
  return /^y(es)?$/i.test(await terminal.ask(`${question} [y/N] `))
}
