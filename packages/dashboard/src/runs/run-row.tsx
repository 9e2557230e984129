import type { Run } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { cx } from '../ui/cx.ts'
import { formatMoney, shortId } from '../ui/format.ts'
import { Age } from '../ui/time.tsx'
import { RunTime } from './run-figures.tsx'
import { TRIGGER_WORDS } from './run-words.ts'
import { RunIcon } from './state-icon.tsx'

/** Shared with the heading above the rows, so that columns line up. */
export const runGridClass =
  'grid items-center gap-x-3 grid-cols-[1rem_minmax(0,1fr)_auto] md:grid-cols-[1rem_minmax(0,1fr)_8rem_5rem_5.5rem_3.25rem]'
export const runRowHeightClass = 'h-15 md:h-11'

const FRESH_MS_MAX = 3_000

/** One run. Redrawn only when its own data change; clocks tick in leaves of their own. */
export const RunRow = memo(({ run }: { run: Run }) => (
  <li className={cx(Date.now() - Date.parse(run.created_at) < FRESH_MS_MAX && 'animate-arrive')}>
    <Link
      to="/runs/$runId"
      params={{ runId: run.id }}
      preload={false}
      data-row
      className={cx(
        runGridClass,
        runRowHeightClass,
        'px-4 -outline-offset-2 transition-colors hover:bg-hover',
      )}
    >
      <RunIcon run={run} />
      <span className="min-w-0 md:flex md:items-baseline md:gap-3">
        <span className="block truncate text-sm font-medium md:max-w-4/5 md:shrink-0">
          {run.workflow_name}{' '}
          <span className="font-normal text-faint tabular-nums">
            {run.workflow_version} · {shortId(run.id)}
          </span>
        </span>
        <SideNote run={run} />
      </span>
      <span className="hidden truncate text-sm text-muted md:block">
        {TRIGGER_WORDS[run.trigger]}
      </span>
      <span className="hidden text-right text-xs text-muted tabular-nums md:block">
        {Number(run.cost) > 0 && formatMoney(run.cost)}
      </span>
      <span
        className={cx(
          'hidden text-right text-xs tabular-nums md:block',
          run.finished_at === null ? 'text-accent' : 'text-muted',
        )}
      >
        <RunTime run={run} />
      </span>
      <span className="text-right text-xs text-faint tabular-nums">
        <Age at={run.created_at} />
      </span>
    </Link>
  </li>
))

/** What went wrong or is the matter, beside the name; on a phone below it. */
const SideNote = ({ run }: { run: Run }) => (
  <span className="block min-w-0 truncate text-xs text-faint">
    {run.is_paused && <span className="text-warn">paused</span>}
    {run.stuck_since !== null && <span className="text-warn">stands still </span>}
    {run.error !== null && (
      <span className="text-bad">
        {run.failed_step !== null && `${run.failed_step}: `}
        {run.error}
      </span>
    )}
    {run.error === null && run.rerun_of !== null && `rerun of ${shortId(run.rerun_of)}`}
  </span>
)
