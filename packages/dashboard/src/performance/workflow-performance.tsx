import type { WorkflowPerformance as Performance } from '@cadre/contract'
import { ChartColumn } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../ui/cx.ts'
import { Select } from '../ui/field.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Segments } from '../ui/segments.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { HeaviestPaths } from './heaviest-paths.tsx'
import { PerformanceCharts } from './performance-charts.tsx'
import {
  PERIOD_DEFAULT,
  PERIODS,
  type PerformanceChoice,
  type Period,
} from './performance-choice.ts'
import { PerformanceFigures } from './performance-figures.tsx'
import { StepTable } from './step-table.tsx'
import { usePerformance } from './use-performance.ts'
import { VersionComparison } from './version-comparison.tsx'

/** For a tab of a page that keeps no choice of its own in its address. */
export const PerformanceTab = ({ name }: { name: string }) => {
  const [choice, setChoice] = useState<PerformanceChoice>({})
  return <WorkflowPerformance name={name} choice={choice} onChoose={setChoice} />
}

/** How a workflow performs: its runs over time, its steps, its heaviest paths, its versions. */
export const WorkflowPerformance = ({
  name,
  choice,
  onChoose,
}: {
  name: string
  choice: PerformanceChoice
  onChoose: (choice: PerformanceChoice) => void
}) => {
  const performance = usePerformance(name, choice)
  if (performance.isError)
    return <ErrorState error={performance.error} onRetry={() => void performance.refetch()} />
  return (
    <>
      <Choices
        choice={choice}
        versions={performance.data?.versions.map(({ version }) => version) ?? []}
        onChoose={onChoose}
      />
      {performance.isPending ? (
        <LoadingPerformance />
      ) : (
        <div className={cx(performance.isPlaceholderData && 'opacity-60')}>
          <Shown performance={performance.data} name={name} choice={choice} onChoose={onChoose} />
        </div>
      )}
    </>
  )
}

const Choices = ({
  choice,
  versions,
  onChoose,
}: {
  choice: PerformanceChoice
  versions: readonly string[]
  onChoose: (choice: PerformanceChoice) => void
}) => {
  const { version } = choice
  const options =
    version === undefined || versions.includes(version) ? versions : [...versions, version]
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <Segments<Period>
        label="Time"
        value={choice.period ?? PERIOD_DEFAULT}
        onChange={(period) => onChoose({ ...choice, period })}
        segments={(Object.keys(PERIODS) as Period[]).map((value) => ({
          value,
          label: PERIODS[value].label,
        }))}
      />
      <Select
        aria-label="Of the version"
        value={version ?? ''}
        onChange={({ target: { value } }) => {
          const { version: _, ...others } = choice
          onChoose(value === '' ? others : { ...others, version: value })
        }}
        className="w-36"
      >
        <option value="">All versions</option>
        {options.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
    </div>
  )
}

const Shown = ({
  performance,
  name,
  choice,
  onChoose,
}: {
  performance: Performance
  name: string
  choice: PerformanceChoice
  onChoose: (choice: PerformanceChoice) => void
}) => {
  if (performance.series.length === 0 && performance.steps.length === 0)
    return (
      <EmptyState icon={ChartColumn} title="No run ended in this time">
        What runs take and cost is counted as they end.
      </EmptyState>
    )
  return (
    <>
      <PerformanceFigures runs={performance.runs} />
      <PerformanceCharts performance={performance} />
      <HeaviestPaths performance={performance} />
      <StepTable steps={performance.steps} total={performance.steps_total} />
      <VersionComparison
        name={name}
        versions={performance.versions}
        choice={choice}
        onChoose={onChoose}
      />
    </>
  )
}

const LoadingPerformance = () => (
  <div role="status" aria-label="Loading the performance">
    <Skeleton className="mb-4 h-24 rounded-xl" />
    <div className="mb-5 grid gap-4 lg:grid-cols-3">
      <Skeleton className="h-54 rounded-xl" />
      <Skeleton className="h-54 rounded-xl" />
      <Skeleton className="h-54 rounded-xl" />
    </div>
    <Skeleton className="h-72 rounded-xl" />
  </div>
)
