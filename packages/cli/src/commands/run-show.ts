import type { RunDetail, RunStep } from '@cadre/contract'
import { CadreError, type Client } from '@cadre/contract/client'
import { fieldLines } from '../field-lines.ts'
import { collectPages } from '../pages.ts'
import { printableJson, printableLines } from '../printable.ts'
import { stepRows, type StepRow } from '../run-steps.ts'
import { money, runDuration, runState, triggerWords, workflowOf } from '../run-wording.ts'
import type { Action } from '../session.ts'
import { formatTable, type Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { count, duration, relativeTime, runStatusStyle } from '../wording.ts'

const STEPS_SHOWN_MAX = 10_000
/** Elements of one list, unless all are asked for. */
const ITEMS_SHOWN = 10

interface ShowOptions {
  all?: boolean
}

/** `cadre run show RUN` */
export const showRun: Action<[run: string], ShowOptions> = async (
  { client, terminal },
  [id],
  { all },
) => {
  const [run, { items: steps }] = await Promise.all([
    client.runs.get(id),
    collectPages(STEPS_SHOWN_MAX, (page) => client.runs.steps(id, page)),
  ])
  if (terminal.isJson) return terminal.document({ run, steps })
  for (const line of fieldLines(aboutRun(run), terminal)) terminal.line(line)
  const order = await orderOfSteps(client, run)
  const rows = stepRows(steps, order, all === true ? STEPS_SHOWN_MAX : ITEMS_SHOWN)
  if (rows.length > 0) showSteps(rows, run, terminal)
  if (run.output === null) return
  terminal.line()
  terminal.line(terminal.paint('dim', 'Output'))
  terminal.line(outputText(run.output))
}

const outputText = (output: RunDetail['output']): string =>
  typeof output === 'string' ? printableLines(output).trimEnd() : printableJson(output, 2)

/** As its author wrote them; a definition that was deleted has no order any more. */
const orderOfSteps = async (client: Client, run: RunDetail): Promise<string[]> => {
  try {
    const { definition } = await client.workflows.get(run.workflow_id)
    return namesOf(definition.steps)
  } catch (error) {
    if (error instanceof CadreError && error.status === 404) return []
    throw error
  }
}

const namesOf = (steps: unknown): string[] =>
  Array.isArray(steps)
    ? steps.map((step: { name?: string }) => step.name ?? '')
    : Object.keys(steps ?? {})

const aboutRun = (run: RunDetail): [string, string | null][] => [
  ['Run', run.id],
  ['Workflow', workflowOf(run)],
  ['Status', runState(run)],
  ['Error', run.error],
  ['Failed step', run.failed_step],
  [
    'Started',
    `${relativeTime(run.created_at)} ${triggerWords(run.trigger)} (${run.created_by_name})`,
  ],
  ['Rerun of', run.rerun_of && `${run.rerun_of}, from ${run.rerun_from ?? 'its start'}`],
  ['Part of', run.parent_run_id],
  ['Took', runDuration(run)],
  ['Deadline', run.finished_at === null ? run.deadline_at : null],
  ['Cost', [money(run.cost) || 'nothing', ...limitOf(run)].join(' ')],
  ['Steps', stepCounts(run)],
  ['Undone', undoneOf(run)],
]

const limitOf = ({ cost_limit: limit }: RunDetail): string[] =>
  limit === null ? [] : [`of ${money(limit)} at the most`]

const stepCounts = ({ steps }: RunDetail): string => {
  const { total, ...counts } = steps
  const said = Object.entries(counts)
    .filter(([, steps]) => steps > 0)
    .map(([status, steps]) => `${steps} ${status}`)
  return `${[...said].join(', ') || 'none yet'} of ${total}`
}

const undoneOf = ({ compensation }: RunDetail): string | null => {
  if (compensation === null) return null
  const { recorded, running, held, done, cost, cost_to_undo: rest } = compensation
  const parts = [
    `${done} done`,
    running > 0 ? `${running} running` : '',
    held > 0 ? `${held} held: a person must decide` : '',
    recorded > 0 ? `${recorded} if need be` : '',
    money(cost) === '' ? '' : `cost ${money(cost)}`,
    money(rest) === '' ? '' : `the rest would cost ${money(rest)}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

const showSteps = (rows: readonly StepRow[], run: RunDetail, terminal: Terminal): void => {
  terminal.line()
  const table = formatTable(rows, columns(run, terminal), {
    width: terminal.columns,
    paintTitle: (title) => terminal.paint('dim', title),
  })
  for (const line of table) terminal.line(line)
  const held = rows.find(({ step }) => step?.status === 'HELD')?.step
  if (held === undefined || held === null) return
  const flag = held.is_compensation ? ' --compensation' : ''
  terminal.note(
    `\nA held step waits for you: cadre run retry ${run.id} ${held.step}${flag} (or skip, or complete).`,
  )
}

const columns = (run: RunDetail, terminal: Terminal): Column<StepRow>[] => {
  const began = Date.parse(run.created_at)
  const of =
    (value: (step: RunStep) => string, other: (row: StepRow) => string = () => '') =>
    (row: StepRow): string =>
      row.step === null ? other(row) : value(row.step)
  return [
    { title: 'STEP', value: ({ label }) => label },
    {
      title: 'STATUS',
      value: of(({ status }) => status),
      paint: (cell, { step }) =>
        step === null ? cell : terminal.paint(runStatusStyle(step.status), cell),
    },
    {
      title: 'BEGAN',
      value: of(({ released_at: at }) =>
        at === null ? '' : `+${duration(Math.max(0, Date.parse(at) - began))}`,
      ),
      isRight: true,
    },
    {
      title: 'TOOK',
      value: of(({ duration_ms: ms }) => (ms === null ? '' : duration(ms))),
      isRight: true,
    },
    {
      title: 'TRIES',
      value: of(({ attempts }) => (attempts === 0 ? '' : String(attempts))),
      isRight: true,
    },
    { title: 'COST', value: of(({ cost }) => money(cost)), isRight: true },
    {
      title: 'WHAT',
      value: of(whatOf, ({ more }) => `${count(more, 'more')} (--all)`),
      isFlexible: true,
    },
  ]
}

const whatOf = (step: RunStep): string => {
  const { error, decision, decided_by_name: by, comment, items, items_left: left } = step
  if (decision !== null) return `${decision} by ${by}${comment ? `: ${comment}` : ''}`
  if (error !== null) return error
  if (step.is_reused) return 'taken over from an earlier run'
  if (items !== null) return left === 0 ? `${items} elements` : `${left} of ${items} elements left`
  if (step.child_run_id !== null) return `run ${step.child_run_id}`
  return step.message ?? ''
}
