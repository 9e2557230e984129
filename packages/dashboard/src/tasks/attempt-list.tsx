import type { Attempt, List } from '@cadre/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { Badge } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { formatDuration, formatMoment, formatMoney } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { useNow } from '../ui/time.tsx'
import { CATEGORY_WORDS, OUTCOME_WORDS } from './task-words.ts'

/** Every execution of the task, on one common time line. */
export const AttemptList = ({ attempts }: { attempts: UseQueryResult<List<Attempt>> }) => {
  const items = attempts.data?.items ?? []
  return (
    <Panel title="Attempts">
      {attempts.isError && <ErrorState error={attempts.error} />}
      {attempts.isSuccess && items.length === 0 && (
        <p className="px-4 py-6 text-sm text-faint">It has not been tried yet.</p>
      )}
      <ol className="divide-y divide-line">
        {items.map((attempt) => (
          <AttemptRow key={attempt.attempt} attempt={attempt} all={items} />
        ))}
      </ol>
    </Panel>
  )
}

const AttemptRow = ({ attempt, all }: { attempt: Attempt; all: readonly Attempt[] }) => {
  const words = OUTCOME_WORDS[attempt.outcome]
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm">
        <span className="w-6 text-faint tabular-nums">#{attempt.attempt}</span>
        <Badge tone={words.tone}>{words.label}</Badge>
        {attempt.category !== null && (
          <span className="text-xs text-muted">{CATEGORY_WORDS[attempt.category]}</span>
        )}
        <span className="min-w-0 flex-1 truncate text-muted">{attempt.agent_name}</span>
        {attempt.cost !== null && (
          <span className="text-xs text-muted tabular-nums">{formatMoney(attempt.cost)}</span>
        )}
        <span className="text-xs text-muted tabular-nums" title={formatMoment(attempt.started_at)}>
          {attempt.duration_ms === null ? 'running' : formatDuration(attempt.duration_ms)}
        </span>
      </div>
      <TimeBar attempt={attempt} all={all} />
      {attempt.error !== null && (
        <p className="mt-2 font-mono text-xs whitespace-pre-wrap text-bad">{attempt.error}</p>
      )}
      {attempt.fingerprint !== null && (
        <p className="mt-1 font-mono text-2xs text-faint" title="Failures alike share this mark">
          {attempt.fingerprint.slice(0, 12)}
        </p>
      )}
    </li>
  )
}

const BAR_TONES: Record<Attempt['outcome'], string> = {
  running: 'fill-accent',
  done: 'fill-good',
  failed: 'fill-bad',
  lost: 'fill-warn',
  cancelled: 'fill-line-strong',
}

/** Where in the task's whole time this attempt lies. */
const TimeBar = ({ attempt, all }: { attempt: Attempt; all: readonly Attempt[] }) => {
  const now = useNow()
  const endOf = ({ finished_at }: Attempt) => (finished_at === null ? now : Date.parse(finished_at))
  const start = Math.min(...all.map((each) => Date.parse(each.started_at)))
  const whole = Math.max(1, Math.max(...all.map(endOf)) - start)
  const x = ((Date.parse(attempt.started_at) - start) / whole) * 100
  const width = Math.max(0.6, ((endOf(attempt) - Date.parse(attempt.started_at)) / whole) * 100)
  return (
    <svg width="100%" height={4} aria-hidden className="mt-2.5 block overflow-hidden rounded-full">
      <rect width="100%" height={4} className="fill-hover" />
      <rect
        x={`${Math.min(x, 99.4)}%`}
        width={`${width}%`}
        height={4}
        rx={2}
        className={cx(BAR_TONES[attempt.outcome])}
      />
    </svg>
  )
}
