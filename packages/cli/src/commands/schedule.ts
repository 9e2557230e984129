import type { Schedule, ScheduleRun } from '@cadre/contract'
import { fieldLines } from '../field-lines.ts'
import { showTable } from '../list-display.ts'
import { runWords, timingWords } from '../schedule-wording.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

const RUNS_SHOWN = 10

/** `cadre schedule show NAME|ID` */
export const showSchedule: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  const [schedule, { items: runs }] = await Promise.all([
    client.schedules.get(reference),
    client.schedules.runs(reference, RUNS_SHOWN),
  ])
  if (terminal.isJson) return terminal.document({ schedule, runs })
  for (const line of fieldLines(aboutSchedule(schedule), terminal)) terminal.line(line)
  if (runs.length === 0) return
  terminal.line()
  showTable(terminal, runs, RUN_COLUMNS)
}

const aboutSchedule = (schedule: Schedule): [string, string | null][] => [
  ['Schedule', schedule.id],
  ['Name', schedule.name],
  ['When', timingWords(schedule)],
  ['Paused', schedule.is_paused ? 'yes' : null],
  ['Agent', schedule.task?.agent_id ?? null],
  ['Capability', schedule.task?.capability ?? null],
  ['Workflow', schedule.workflow],
  ['Missed runs', schedule.missed_runs],
  ['Overlap', schedule.overlap],
  ['Jitter', schedule.jitter_seconds === 0 ? null : `${schedule.jitter_seconds} s`],
  ['Starts', schedule.starts_at],
  ['Ends', schedule.ends_at],
  ...schedule.next_runs.map((run, index): [string, string] => [
    index === 0 ? 'Next runs' : '',
    `${run} (${relativeTime(run)})`,
  ]),
]

const RUN_COLUMNS: Column<ScheduleRun>[] = [
  { title: 'DUE', value: ({ due_at }) => due_at },
  { title: 'OUTCOME', value: runWords },
  { title: 'BY', value: ({ is_manual }) => (is_manual ? 'hand' : 'time') },
  {
    title: 'TASK OR RUN',
    value: ({ task_id, run_id, error }) => run_id ?? task_id ?? error ?? '–',
    isFlexible: true,
  },
]
