import type { WorkflowSummary } from '@cadre/contract'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Play, SearchX, Workflow as WorkflowIcon } from 'lucide-react'
import { useState } from 'react'
import { RunBadge } from '../runs/run-badge.tsx'
import { RunIcon } from '../runs/state-icon.tsx'
import { useMay } from '../sign-in/permissions.ts'
import { Badge, Chip } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { TriggerDialog } from './trigger-dialog.tsx'
import { useLatestRun, useWorkflows } from './use-workflows.ts'

const TYPING_MS = 200

/** What can be run: the latest version of each workflow, and how it went last. */
export const WorkflowsPage = () => {
  const { q = '' } = useSearch({ from: '/workflows' })
  const navigate = useNavigate()
  const workflows = useWorkflows(q)
  const items = workflows.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <PageHeader title="Workflows" note="Steps that belong together, and what undoes them" />
      <SearchField
        label="Filter by name or description"
        value={q}
        onChange={(text) =>
          void navigate({ to: '/workflows', search: text === '' ? {} : { q: text }, replace: true })
        }
        restMs={TYPING_MS}
        className="mb-3"
      />
      <ListFrame
        label="workflows"
        list={workflows}
        items={items}
        skeleton={
          <div className="grid gap-3 p-4">
            <Skeleton className="h-14" />
            <Skeleton className="h-14" />
            <Skeleton className="h-14" />
          </div>
        }
        empty={<NoWorkflows isFiltered={q !== ''} />}
      >
        {(workflow) => <WorkflowRow key={workflow.id} workflow={workflow} />}
      </ListFrame>
    </>
  )
}

const NoWorkflows = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState icon={SearchX} title="No workflow matches">
      Try another part of its name or description.
    </EmptyState>
  ) : (
    <EmptyState icon={WorkflowIcon} title="No workflows yet">
      Write one in YAML or JSON and publish it with{' '}
      <code className="font-mono text-xs">cadre workflow publish FILE</code>.
    </EmptyState>
  )

const WorkflowRow = ({ workflow }: { workflow: WorkflowSummary }) => {
  const [isTriggering, setTriggering] = useState(false)
  const may = useMay()
  return (
    <li className="flex items-center gap-4 pr-4">
      <Link
        to="/workflows/$workflow"
        params={{ workflow: workflow.name }}
        data-row
        className="flex min-h-17 min-w-0 flex-1 flex-wrap items-center gap-x-4 gap-y-1 py-3 pl-4 -outline-offset-2 hover:bg-hover"
      >
        <span className="min-w-0 flex-1 basis-60">
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate text-sm font-semibold">{workflow.name}</span>
            <span className="text-xs text-faint tabular-nums">{workflow.version}</span>
            {workflow.is_saga && <Badge tone="warn">Saga</Badge>}
          </span>
          <span className="mt-0.5 block truncate text-xs text-muted">
            {formatNumberOf(workflow.step_count, 'step')}
            {workflow.description !== '' && ` · ${workflow.description}`}
          </span>
        </span>
        <span className="flex gap-1 max-lg:hidden">
          {workflow.tags.slice(0, 3).map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </span>
        <span className="flex h-6 w-44 items-center gap-2 text-xs text-muted">
          <LatestRun workflow={workflow.name} />
        </span>
      </Link>
      {may('run.start') && (
        <Button
          onClick={() => setTriggering(true)}
          aria-label={`Trigger ${workflow.name}`}
          className="max-sm:hidden"
        >
          <Play size={14} aria-hidden /> Trigger
        </Button>
      )}
      {isTriggering && <TriggerDialog workflow={workflow} onClose={() => setTriggering(false)} />}
    </li>
  )
}

const LatestRun = ({ workflow }: { workflow: string }) => {
  const latest = useLatestRun(workflow)
  if (latest.data === undefined) return latest.isPending ? <Skeleton className="h-4 w-28" /> : null
  if (latest.data === null) return <span className="text-faint">Never run</span>
  return (
    <>
      <RunIcon run={latest.data} isDecorative />
      <RunBadge run={latest.data} />
      <Ago at={latest.data.created_at} />
    </>
  )
}
