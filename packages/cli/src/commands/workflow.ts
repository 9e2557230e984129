import type { StepDocument, Workflow } from '@cadre/contract'
import { fieldLines } from '../field-lines.ts'
import { showTable } from '../list-display.ts'
import { printable } from '../printable.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'
import { SUMMARY_COLUMNS } from './workflows.ts'

/** `cadre workflow show NAME[@VERSION]|ID` */
export const showWorkflow: Action<[reference: string], { source?: boolean }> = async (
  { client, terminal },
  [reference],
  options,
) => {
  const workflow = await client.workflows.get(reference)
  if (options.source) return terminal.raw(workflow.source)
  if (terminal.isJson) return terminal.document(workflow)
  for (const line of fieldLines(aboutWorkflow(workflow), terminal)) terminal.line(line)
  terminal.line()
  const steps = Object.entries(workflow.definition.steps)
  showTable(terminal, steps, STEP_COLUMNS)
}

const aboutWorkflow = (workflow: Workflow): [string, string | null][] => [
  ['Workflow', workflow.id],
  ['Name', workflow.name],
  ['Version', workflow.version],
  ['Description', workflow.description || null],
  ['Tags', workflow.tags.join(', ') || null],
  ['Saga', workflow.is_saga ? 'yes: failures are compensated' : null],
  ['Cost limit', workflow.definition.cost_limit ? `$${workflow.definition.cost_limit}` : null],
  ['Published', `${relativeTime(workflow.created_at)} by ${workflow.owner}`],
  ['SHA-256', workflow.sha256],
]

const STEP_ACTIONS = ['agent', 'capability', 'workflow', 'approval', 'signal', 'delay'] as const

type NamedStep = [name: string, step: StepDocument]

const STEP_COLUMNS: Column<NamedStep>[] = [
  { title: 'STEP', value: ([name]) => name },
  { title: 'DOES', value: ([, step]) => actionWords(step) },
  { title: 'NEEDS', value: ([, { needs }]) => [needs ?? []].flat().join(', ') || '–' },
  { title: 'WHEN', value: ([, step]) => step.when ?? '–', isFlexible: true },
  {
    title: 'UNDONE BY',
    value: ([, { compensation: undo }]) => undo?.agent ?? undo?.capability ?? '–',
  },
]

const actionWords = (step: StepDocument): string => {
  const action = STEP_ACTIONS.find((key) => step[key] !== undefined)
  if (action === undefined) return '–'
  const value = step[action]
  const each = step.for_each === undefined ? '' : ' (for each)'
  if (typeof value === 'string' || typeof value === 'number') return `${action} ${value}${each}`
  return typeof value === 'object' && 'name' in value ? `${action} ${value.name}` : action
}

const VERSIONS_SHOWN_MAX = 10_000

/** `cadre workflow versions NAME` */
export const listVersions: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  const found = await collectPages(VERSIONS_SHOWN_MAX, (page) =>
    client.workflows.versions(reference, page),
  )
  if (terminal.isJson) return terminal.document(found)
  showTable(terminal, found.items, SUMMARY_COLUMNS)
}

/** `cadre workflow delete NAME@VERSION|ID` */
export const deleteWorkflow: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  await client.workflows.remove(reference)
  if (!terminal.isJson) terminal.line(`Workflow ${printable(reference)} is deleted.`)
}
