import type { StepPerformance } from '@cadre/contract'
import { ArrowDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import {
  formatCount,
  formatDollars,
  formatDuration,
  formatMoney,
  formatPercent,
} from '../ui/format.ts'
import { Panel } from '../ui/panel.tsx'
import { executionsOf } from './step-executions.ts'

const ROWS_AT_FIRST = 20

type Column = 'duration' | 'success' | 'wait' | 'retries' | 'cost'

const COLUMNS: Readonly<
  Record<Column, { label: string; rank: (step: StepPerformance) => number; className: string }>
> = {
  duration: {
    label: 'Duration p50, p95',
    rank: ({ duration_ms: { p50 } }) => p50 ?? -1,
    className: 'max-md:w-[38%] md:min-w-32',
  },
  success: {
    label: 'Success',
    // What fails the most first; what never ran last.
    rank: ({ success_rate: rate }) => (rate === null ? -1 : 1 - rate),
    className: 'text-right max-md:w-[22%]',
  },
  wait: {
    label: 'Wait p95',
    rank: ({ wait_ms: { p95 } }) => p95 ?? -1,
    className: 'text-right max-md:hidden',
  },
  retries: {
    label: 'Retries',
    rank: ({ retries }) => retries,
    className: 'text-right max-md:hidden',
  },
  cost: {
    label: 'Cost',
    rank: ({ cost }) => Number(cost),
    className: 'text-right max-sm:hidden',
  },
}

/** Each step with its figures; a bar from nothing to p50, paler to p95, all on one scale. */
export const StepTable = ({
  steps,
  total,
}: {
  steps: readonly StepPerformance[]
  total: number
}) => {
  const [sort, setSort] = useState<Column>('duration')
  const [isWhole, setWhole] = useState(false)
  const sorted = steps.toSorted((a, b) => COLUMNS[sort].rank(b) - COLUMNS[sort].rank(a))
  const shown = isWhole ? sorted : sorted.slice(0, ROWS_AT_FIRST)
  const longestMs = Math.max(1, ...steps.map(({ duration_ms: { p95 } }) => p95 ?? 0))
  return (
    <Panel title="Steps" className="mb-5">
      <table className="w-full text-sm max-md:table-fixed">
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            <th scope="col" className="py-2 pr-2 pl-4 font-medium">
              Step
            </th>
            {(Object.keys(COLUMNS) as Column[]).map((column) => (
              <th
                key={column}
                scope="col"
                aria-sort={sort === column ? 'descending' : 'none'}
                className={cx('px-2 py-2 font-medium last:pr-4', COLUMNS[column].className)}
              >
                <button
                  type="button"
                  onClick={() => setSort(column)}
                  className="inline-flex items-center gap-1 rounded-sm text-left whitespace-nowrap max-md:whitespace-normal hover:text-ink aria-[current]:text-ink"
                  aria-current={sort === column ? true : undefined}
                >
                  {COLUMNS[column].label}
                  {sort === column && <ArrowDown size={12} aria-hidden />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line tabular-nums">
          {shown.map((step) => (
            <StepRow key={step.step} step={step} longestMs={longestMs} />
          ))}
        </tbody>
      </table>
      {shown.length < steps.length && (
        <div className="border-t border-line p-2 text-center">
          <Button look="ghost" onClick={() => setWhole(true)}>
            Show all {formatCount(steps.length)}
          </Button>
        </div>
      )}
      {steps.length < total && (
        <p className="border-t border-line px-4 py-2 text-xs text-muted">
          The {formatCount(steps.length)} of {formatCount(total)} steps that took the most time.
        </p>
      )}
    </Panel>
  )
}

const StepRow = ({ step, longestMs }: { step: StepPerformance; longestMs: number }) => (
  <tr data-row>
    <th scope="row" className="max-w-64 py-2 pr-2 pl-4 text-left font-normal">
      <span className="block truncate font-medium">{step.step}</span>
      <span className="block truncate text-xs text-faint">{executionsOf(step)}</span>
    </th>
    <td className="px-2 py-2 md:w-1/3">
      <DurationBar quantiles={step.duration_ms} longestMs={longestMs} />
    </td>
    <td className="px-2 py-2 text-right">
      {step.success_rate === null ? (
        <span className="text-faint">–</span>
      ) : (
        <span className={step.success_rate < 1 ? 'text-bad' : undefined}>
          {formatPercent(step.success_rate)}
        </span>
      )}
    </td>
    <td className="px-2 py-2 text-right max-md:hidden">{duration(step.wait_ms.p95)}</td>
    <td className="px-2 py-2 text-right max-md:hidden">
      {step.retries === 0 ? <span className="text-faint">0</span> : formatCount(step.retries)}
    </td>
    <td className="py-2 pr-4 pl-2 text-right max-sm:hidden">
      <span className="block">{formatMoney(step.cost)}</span>
      <span className="block text-xs text-faint">
        {step.cost_mean === null ? '' : `${formatDollars(step.cost_mean)} each`}
      </span>
    </td>
  </tr>
)

const duration = (ms: number | null) =>
  ms === null ? <span className="text-faint">–</span> : formatDuration(ms)

const DurationBar = ({
  quantiles: { p50, p95 },
  longestMs,
}: {
  quantiles: StepPerformance['duration_ms']
  longestMs: number
}) => (
  <>
    <span className="flex justify-between gap-2 text-xs whitespace-nowrap">
      <span>{duration(p50)}</span>
      <span className="text-muted">{duration(p95)}</span>
    </span>
    <svg width="100%" height={6} aria-hidden className="mt-1 block overflow-hidden rounded-full">
      <rect width="100%" height={6} className="fill-hover" />
      {p95 !== null && (
        <rect width={`${(p95 / longestMs) * 100}%`} height={6} className="fill-accent/35" />
      )}
      {p50 !== null && (
        <rect width={`${(p50 / longestMs) * 100}%`} height={6} className="fill-accent" />
      )}
    </svg>
  </>
)
