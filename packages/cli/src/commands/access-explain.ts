import { ResourceType, type AccessStep } from '@cadre/contract'
import { usageError } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'

const REFUSED = 1

/** `cadre access explain ACTION [TYPE ID]`: 0 where it is permitted, 1 where it is refused. */
export const explainAccess: Action<
  [action: string, type: string | undefined, id: string | undefined],
  { principal?: string }
> = async ({ client, terminal }, [action, type, id], { principal }) => {
  const resource = type === undefined ? undefined : { type: typeOf(type), id: given(id) }
  const answer = await client.access.explain({ principal_id: principal, action, resource })
  const code = answer.decision === 'permitted' ? 0 : REFUSED
  if (terminal.isJson) {
    terminal.document(answer)
    return code
  }
  const colour = answer.decision === 'permitted' ? 'green' : 'red'
  terminal.line(`${terminal.paint(colour, answer.decision)}: ${printable(answer.sentence)}`)
  for (const step of answer.looked_at) terminal.line(`  ${stepLine(step, terminal)}`)
  return code
}

const SIGNS = { permits: '+', forbids: '-', fails: '!', silent: ' ' } as const

const stepLine = ({ kind, outcome, message }: AccessStep, terminal: Session['terminal']) =>
  `${SIGNS[outcome]} ${terminal.paint('dim', kind.padEnd(6))} ${printable(message)}`

/** A type as it is written, whatever its capitals. */
export const typeOf = (text: string): ResourceType => {
  const found = ResourceType.options.find((type) => type.toLowerCase() === text.toLowerCase())
  if (found === undefined)
    throw usageError(`There is no type ${printable(text)}: ${ResourceType.options.join(', ')}.`)
  return found
}

const given = (id: string | undefined): string => {
  if (id === undefined) throw usageError('Name the object as well: its type and its id.')
  return id
}
