import type { Client } from '@cadre/contract/client'
import { CommandError } from './failures.ts'

const NAMES_TOLD_MAX = 3

/** Names what the person may have meant. */
export const unknownWorkflow = async (client: Client, reference: string): Promise<CommandError> => {
  const [word = ''] = reference.split(/[@-]/)
  const found = await client.workflows.list({ q: word || reference }).catch(() => undefined)
  const names = found?.items.map(({ name }) => name).slice(0, NAMES_TOLD_MAX) ?? []
  const hint =
    names.length > 0
      ? `Did you mean ${names.join(' or ')}?`
      : 'See all workflows with `cadre workflows`.'
  return new CommandError('workflow.not_found', `There is no workflow "${reference}". ${hint}`)
}
