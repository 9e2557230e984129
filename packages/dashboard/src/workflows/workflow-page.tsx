import type { Workflow } from '@cadre/contract'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { GraphPlaceholder } from '../runs/graph-placeholder.tsx'
import { plannedSteps } from '../runs/graph-model.ts'
import { PerformanceTab } from '../performance/workflow-performance.tsx'
import { RunList } from '../runs/run-list.tsx'
import { useMay } from '../sign-in/permissions.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Badge, Chip } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { LoadingPage, MissingPage, PageFault } from '../ui/page-states.tsx'
import { Panel } from '../ui/panel.tsx'
import { ScrolledSegments } from '../ui/segments.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { WebhooksTab } from '../webhooks/webhooks-tab.tsx'
import { DefinedStep } from './defined-step.tsx'
import { SourceView } from './source-view.tsx'
import { TriggerDialog } from './trigger-dialog.tsx'
import { useWorkflow } from './use-workflows.ts'
import { VersionList } from './version-list.tsx'
import { WORKFLOW_TABS, type WorkflowSearch, type WorkflowTab } from './workflow-search.ts'
import { stepsOfDefinition } from './workflow-steps.ts'

const StepGraph = lazy(async () => ({
  default: (await import('../runs/step-graph.tsx')).StepGraph,
}))

export const WorkflowPage = () => {
  const { workflow: name } = useParams({ from: '/workflows/$workflow' })
  const search = useSearch({ from: '/workflows/$workflow' })
  const workflow = useWorkflow(name, search.version)
  if (workflow.isPending) return <LoadingWorkflow />
  if (workflow.isError) return <PageFault query={workflow} missing={<NoWorkflow />} />
  return (
    <>
      <WorkflowHeader workflow={workflow.data} isLatest={search.version === undefined} />
      <Tabs name={name} search={search} />
      <Tab workflow={workflow.data} search={search} />
    </>
  )
}

const WorkflowHeader = ({ workflow, isLatest }: { workflow: Workflow; isLatest: boolean }) => {
  const [isTriggering, setTriggering] = useState(false)
  const may = useMay()
  return (
    <header className="mb-5">
      <title>{`${workflow.name} · Cadre`}</title>
      <BackLink to="/workflows">Workflows</BackLink>
      <div className="mt-1.5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-xl font-semibold tracking-tight">
            {workflow.name}{' '}
            <span className="text-base font-normal text-faint">{workflow.version}</span>
          </h1>
          <div className="mt-1.5 flex flex-wrap items-center gap-2 text-xs text-muted">
            {workflow.is_saga && <Badge tone="warn">Saga</Badge>}
            {!isLatest && <Badge>This version</Badge>}
            {formatNumberOf(workflow.step_count, 'step')} · published by {workflow.owner}{' '}
            <Ago at={workflow.created_at} />
            {workflow.tags.map((tag) => (
              <Chip key={tag}>{tag}</Chip>
            ))}
          </div>
          {workflow.description !== '' && (
            <p className="mt-2 text-sm text-muted">{workflow.description}</p>
          )}
        </div>
        {may('run.start') && (
          <Button look="primary" onClick={() => setTriggering(true)}>
            <Play size={14} aria-hidden /> Trigger
          </Button>
        )}
      </div>
      {isTriggering && <TriggerDialog workflow={workflow} onClose={() => setTriggering(false)} />}
    </header>
  )
}

const TAB_LABELS: Record<WorkflowTab, string> = {
  graph: 'Graph',
  source: 'Source',
  runs: 'Runs',
  performance: 'Performance',
  webhooks: 'Webhooks',
  versions: 'Versions',
}

const Tabs = ({ name, search }: { name: string; search: WorkflowSearch }) => {
  const navigate = useNavigate()
  const may = useMay()
  const tabs = WORKFLOW_TABS.filter((tab) => tab !== 'webhooks' || may('webhook.read'))
  return (
    <ScrolledSegments
      className="mb-3"
      label="Part of the workflow"
      value={search.tab ?? 'graph'}
      onChange={(tab) =>
        void navigate({
          to: '/workflows/$workflow',
          params: { workflow: name },
          search: {
            ...(search.version !== undefined && { version: search.version }),
            ...(tab !== 'graph' && { tab }),
          },
          replace: true,
          resetScroll: false,
        })
      }
      segments={tabs.map((tab) => ({ value: tab, label: TAB_LABELS[tab] }))}
    />
  )
}

const Tab = ({ workflow, search }: { workflow: Workflow; search: WorkflowSearch }) => {
  switch (search.tab ?? 'graph') {
    case 'graph':
      return <DefinitionGraph workflow={workflow} search={search} />
    case 'source':
      return (
        <Panel title={`Source, ${workflow.source_format.toUpperCase()}`}>
          <SourceView source={laidOut(workflow)} />
        </Panel>
      )
    case 'runs':
      return <RunList search={{ workflow: workflow.name }} isFiltered={false} />
    case 'performance':
      return <PerformanceTab name={workflow.name} />
    case 'webhooks':
      return <WebhooksTab workflow={workflow} isLatest={search.version === undefined} />
    case 'versions':
      return <VersionList name={workflow.name} shown={workflow.version} />
  }
}

/** JSON that a program wrote on one line is laid out for reading. */
const laidOut = ({ source, source_format: format }: Workflow) =>
  format === 'json' && !source.trim().includes('\n')
    ? JSON.stringify(JSON.parse(source) as unknown, null, 2)
    : source

const DefinitionGraph = ({ workflow, search }: { workflow: Workflow; search: WorkflowSearch }) => {
  const navigate = useNavigate()
  const steps = useMemo(
    () => plannedSteps(stepsOfDefinition(workflow.definition)),
    [workflow.definition],
  )
  const chosen = steps.find(({ name }) => name === search.step)
  const choose = (step: string | undefined) =>
    void navigate({
      to: '/workflows/$workflow',
      params: { workflow: workflow.name },
      search: { ...search, step },
      replace: true,
      resetScroll: false,
    })
  return (
    <div
      className={
        chosen === undefined
          ? 'grid gap-5'
          : 'grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]'
      }
    >
      <Panel>
        <Suspense fallback={<GraphPlaceholder stepCount={steps.length} />}>
          <StepGraph
            label="Steps of the definition"
            steps={steps}
            selected={search.step}
            onSelect={choose}
          />
        </Suspense>
      </Panel>
      {chosen !== undefined && <DefinedStep graphStep={chosen} onClose={() => choose(undefined)} />}
    </div>
  )
}

const NoWorkflow = () => (
  <MissingPage noun="workflow" to="/workflows">
    It, or this version of it, may have been deleted, or it belongs to another tenant.
  </MissingPage>
)

const LoadingWorkflow = () => (
  <LoadingPage noun="workflow">
    <Skeleton className="mb-8 h-7 w-80 max-w-full" />
    <Skeleton className="h-112 rounded-xl" />
  </LoadingPage>
)
