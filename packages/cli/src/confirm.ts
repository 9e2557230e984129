import { createInterface } from 'node:readline/promises'
import { usageError } from './failures.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks a person on the terminal; everything but yes is no.
 * @throws CommandError where nobody can answer
 */
export const confirm = async (question: string, terminal: Terminal): Promise<boolean> => {
  if (terminal.isJson || !process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError('Nobody can be asked here: say --yes, or --dry-run to see what would happen.')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
