import type { CadreError } from '@cadre/contract/client'
import { confirm } from './confirm.ts'
import { usageError } from './failures.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks a person whether something may have what it asks for beyond what it had.
 * @throws CommandError where nobody can answer
 */
export const confirmPermissions = async (
  refusal: CadreError,
  terminal: Terminal,
): Promise<boolean> => {
  const asked = refusal.details.filter(({ field }) => field === 'permissions')
  const words = asked.map(({ message }) => printable(message.replace(/^asks for /, ''))).join(', ')
  if (terminal.isJson || !terminal.isAnswering)
    throw usageError(`It asks for ${words}. Say --accept-permissions if it may.`)
  for (const { message } of refusal.details.filter(({ field }) => field !== 'permissions'))
    terminal.note(`  ${printable(message)}`)
  return confirm(`It asks for ${words}. May it?`, terminal)
}
