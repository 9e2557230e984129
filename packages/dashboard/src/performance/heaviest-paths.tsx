import type { HeaviestPath, WorkflowPerformance } from '@cadre/contract'
import { formatDollars, formatDuration, formatPercent } from '../ui/format.ts'
import { Panel } from '../ui/panel.tsx'

/** The slowest and the dearest way through the graph, step by step. */
export const HeaviestPaths = ({ performance }: { performance: WorkflowPerformance }) => {
  const { path_version: version, slowest_path: slowest, dearest_path: dearest } = performance
  if (slowest === null && dearest === null) return null
  return (
    <div className="mb-5 grid items-start gap-4 md:grid-cols-2">
      <PathPanel
        title="Slowest path"
        note={`Median durations, graph of ${version ?? ''}`}
        path={slowest}
        format={formatDuration}
      />
      <PathPanel
        title="Dearest path"
        note={`Mean costs, graph of ${version ?? ''}`}
        path={dearest}
        format={formatDollars}
      />
    </div>
  )
}

const PathPanel = ({
  title,
  note,
  path,
  format,
}: {
  title: string
  note: string
  path: HeaviestPath | null
  format: (weight: number) => string
}) => (
  <Panel
    title={title}
    aside={
      path !== null && (
        <span className="pr-2 text-sm font-semibold tabular-nums">{format(path.total)}</span>
      )
    }
  >
    {path === null ? (
      <p className="px-4 py-6 text-sm text-muted">Nothing was spent on any step.</p>
    ) : (
      <ol className="px-4 py-3">
        {path.steps.map(({ step, weight }) => (
          <PathStep key={step} step={step} weight={weight} total={path.total} format={format} />
        ))}
      </ol>
    )}
    <p className="border-t border-line px-4 py-2 text-xs text-faint">{note}</p>
  </Panel>
)

const PathStep = ({
  step,
  weight,
  total,
  format,
}: {
  step: string
  weight: number | null
  total: number
  format: (weight: number) => string
}) => {
  const share = (weight ?? 0) / total
  return (
    <li className="relative pb-3 pl-5 last:pb-0 not-last:before:absolute not-last:before:top-3 not-last:before:-bottom-1 not-last:before:left-[0.3125rem] not-last:before:w-px not-last:before:bg-line-strong">
      <span
        aria-hidden
        className="absolute top-1.5 left-0 size-[0.6875rem] rounded-full border-2 border-accent bg-surface"
      />
      <span className="flex items-baseline gap-3 text-sm">
        <span className="min-w-0 flex-1 truncate font-medium">{step}</span>
        <span className="text-xs text-faint tabular-nums">
          {weight === null ? '' : formatPercent(Math.round(share * 100) / 100)}
        </span>
        <span className="w-20 text-right tabular-nums">
          {weight === null ? '–' : format(weight)}
        </span>
      </span>
      <svg width="100%" height={4} aria-hidden className="mt-1 block overflow-hidden rounded-full">
        <rect width="100%" height={4} className="fill-hover" />
        <rect width={`${share * 100}%`} height={4} className="fill-accent" />
      </svg>
    </li>
  )
}
