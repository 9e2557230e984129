import type { RunDetail } from '@cadre/contract'
import { useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { LoadingPage, MissingPage, PageFault, useDrawn } from '../ui/page-states.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { GraphPlaceholder } from './graph-placeholder.tsx'
import { graphStepsOf, type GraphStep } from './graph-model.ts'
import { RunAlerts } from './run-alerts.tsx'
import { RunData } from './run-data.tsx'
import { RunFigures } from './run-figures.tsx'
import { RunHeader } from './run-header.tsx'
import { RunHistory } from './run-history.tsx'
import type { RunView } from './run-search.ts'
import { RunTimeline } from './run-timeline.tsx'
import { RunViews } from './run-views.tsx'
import { StepPanel } from './step-panel.tsx'
import { UndoView } from './undo-view.tsx'
import { useChoose } from './use-choose.ts'
import { useRun } from './use-run.ts'

const StepGraph = lazy(async () => ({ default: (await import('./step-graph.tsx')).StepGraph }))

export const RunPage = () => {
  const { runId } = useParams({ from: '/runs/$runId' })
  // A new run starts with nothing of the one before.
  return <RunOverview key={runId} id={runId} />
}

const RunOverview = ({ id }: { id: string }) => {
  const { run, steps, definition } = useRun(id)
  const isDrawn = useDrawn(![run, steps, definition].some((query) => query.isPending))
  const graphSteps = useMemo(
    () => graphStepsOf(definition.data ?? null, steps.data ?? []),
    [definition.data, steps.data],
  )
  const failed = [run, steps].find((query) => query.isError && query.data === undefined)
  if (failed !== undefined) return <PageFault query={failed} missing={<NoRun />} />
  if (!isDrawn || run.data === undefined) return <LoadingRun />
  return (
    <>
      <RunHeader run={run.data} steps={graphSteps} />
      <RunFigures run={run.data} />
      <RunAlerts run={run.data} steps={graphSteps} isDefinitionGone={definition.data === null} />
      <Views run={run.data} steps={graphSteps} />
    </>
  )
}

const Views = ({ run, steps }: { run: RunDetail; steps: readonly GraphStep[] }) => {
  const search = useSearch({ from: '/runs/$runId' })
  const view = search.view ?? 'graph'
  const hasPanel = search.step !== undefined
  return (
    <>
      <RunViews run={run} view={view} />
      <div
        className={
          hasPanel ? 'grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_23rem]' : 'grid gap-5'
        }
      >
        <View run={run} steps={steps} view={view} selected={search.step} />
        {hasPanel && <StepPanel run={run} steps={steps} search={search} />}
      </div>
    </>
  )
}

interface ViewProps {
  run: RunDetail
  steps: readonly GraphStep[]
  view: RunView
  selected: string | undefined
}

const View = ({ run, steps, view, selected }: ViewProps) => {
  const choose = useChoose()
  switch (view) {
    case 'graph':
      return (
        <Panel>
          <Suspense fallback={<GraphPlaceholder stepCount={steps.length} />}>
            <StepGraph
              label="Steps of the run"
              steps={steps}
              selected={selected}
              onSelect={(step) => choose({ step })}
            />
          </Suspense>
        </Panel>
      )
    case 'timeline':
      return <RunTimeline run={run} steps={steps} />
    case 'undo':
      return <UndoView run={run} steps={steps} />
    case 'data':
      return <RunData run={run} />
    case 'history':
      return <RunHistory id={run.id} />
  }
}

const NoRun = () => (
  <MissingPage noun="run" to="/runs">
    It may have been removed after its time of retention, or it belongs to another tenant.
  </MissingPage>
)

const LoadingRun = () => (
  <LoadingPage noun="run">
    <Skeleton className="mb-8 h-7 w-80 max-w-full" />
    <Skeleton className="mb-5 h-16 rounded-xl" />
    <Skeleton className="h-112 rounded-xl" />
  </LoadingPage>
)
