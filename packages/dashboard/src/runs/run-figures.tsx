import type { RunDetail } from '@cadre/contract'
import type { ReactNode } from 'react'
import { cx } from '../ui/cx.ts'
import { formatCount, formatDuration, formatMoney } from '../ui/format.ts'
import { useNow } from '../ui/time.tsx'
import { isRunOver } from './run-words.ts'

/** How far the run is, how long it takes and what it costs. */
export const RunFigures = ({ run }: { run: RunDetail }) => {
  const { steps, compensation } = run
  const ended = steps.done + steps.failed + steps.skipped + steps.cancelled
  return (
    <dl className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card sm:grid-cols-4">
      <Figure term={run.finished_at === null ? 'Running for' : 'Took'}>
        <RunTime run={run} />
      </Figure>
      <Figure term="Steps ended" note={stepNote(run)}>
        {formatCount(ended)}
        <span className="text-sm font-normal text-muted"> of {formatCount(steps.total)}</span>
      </Figure>
      <Figure
        term="Cost"
        note={run.cost_limit === null ? 'no limit' : `limit ${formatMoney(run.cost_limit)}`}
        isBad={run.cost_limit !== null && Number(run.cost) > Number(run.cost_limit)}
      >
        {formatMoney(run.cost)}
      </Figure>
      {compensation === null ? (
        <Figure term="Under way" note={`${formatCount(steps.waiting)} waiting`}>
          {formatCount(steps.running)}
        </Figure>
      ) : (
        <Figure term="Undoing" note={undoNote(run, compensation)} isBad={compensation.held > 0}>
          {formatCount(compensation.done)}
          <span className="text-sm font-normal text-muted">
            {' '}
            of {formatCount(totalOf(compensation))} undone
          </span>
        </Figure>
      )}
    </dl>
  )
}

type Compensation = NonNullable<RunDetail['compensation']>

/** What needs a person comes first; a run that is over has no rest to undo. */
const undoNote = ({ status }: RunDetail, compensation: Compensation): string | undefined => {
  const { held, done, cost, cost_to_undo: rest } = compensation
  if (held > 0) return `${formatCount(held)} held, for a person to decide`
  if (!isRunOver(status))
    return `${formatMoney(cost)} so far, ${formatMoney(rest)} to undo the rest`
  return done > 0 ? `for ${formatMoney(cost)}` : undefined
}

const totalOf = ({ recorded, running, held, done }: Compensation) =>
  recorded + running + held + done

const stepNote = ({ steps }: RunDetail) => {
  const parts = [
    steps.failed > 0 && `${formatCount(steps.failed)} failed`,
    steps.held > 0 && `${formatCount(steps.held)} held`,
    steps.skipped > 0 && `${formatCount(steps.skipped)} skipped`,
    steps.cancelled > 0 && `${formatCount(steps.cancelled)} cancelled`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? `${formatCount(steps.running)} running` : parts.join(', ')
}

const Figure = ({
  term,
  note,
  isBad = false,
  children,
}: {
  term: string
  note?: string | undefined
  isBad?: boolean
  children: ReactNode
}) => (
  <div className="bg-surface px-4 py-2.5">
    <dt className="text-xs text-muted">{term}</dt>
    <dd className={cx('text-lg font-semibold tabular-nums', isBad && 'text-bad')}>{children}</dd>
    {note !== undefined && <dd className="text-xs text-faint tabular-nums">{note}</dd>}
  </div>
)

export const RunTime = ({
  run,
}: {
  run: Pick<RunDetail, 'created_at' | 'finished_at' | 'duration_ms'>
}) =>
  run.finished_at === null ? (
    <Since at={run.created_at} />
  ) : (
    formatDuration(run.duration_ms ?? Date.parse(run.finished_at) - Date.parse(run.created_at))
  )

const Since = ({ at }: { at: string }) => {
  const now = useNow()
  const seconds = Math.floor(Math.max(0, now - Date.parse(at)) / 1_000)
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000)
}
