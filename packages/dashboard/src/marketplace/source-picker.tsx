import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bot, ChevronRight, PackageOpen, SearchX, Workflow as WorkflowIcon } from 'lucide-react'
import { useState } from 'react'
import { useAgents } from '../agents/use-agents.ts'
import { api } from '../api/client.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { useWorkflows } from '../workflows/use-workflows.ts'

const TYPING_MS = 200

/** Which of the tenant's agents and workflows is to be offered. */
export const SourcePicker = () => {
  const [type, setType] = useState<'agent' | 'workflow'>('agent')
  const [q, setQ] = useState('')
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Segments
          label="Kind"
          value={type}
          onChange={setType}
          segments={[
            { value: 'agent', label: 'Agents' },
            { value: 'workflow', label: 'Workflows' },
          ]}
        />
        <SearchField
          label="Search by name or description"
          value={q}
          onChange={(text) => setQ(text.trim())}
          restMs={TYPING_MS}
          className="min-w-44 flex-1"
        />
      </div>
      {type === 'agent' ? <AgentSources q={q} /> : <WorkflowSources q={q} />}
    </>
  )
}

const Empty = ({ noun, q }: { noun: string; q: string }) =>
  q === '' ? (
    <EmptyState icon={PackageOpen} title={`Your tenant has no ${noun} yet`}>
      Publish one in your tenant first. Then it can be offered to others.
    </EmptyState>
  ) : (
    <EmptyState icon={SearchX} title={`No ${noun} matches “${q}”`} />
  )

const AgentSources = ({ q }: { q: string }) => {
  const list = useAgents(q)
  return (
    <ListFrame
      label="agents"
      list={list}
      items={list.data?.pages.flatMap((page) => page.items) ?? []}
      empty={<Empty noun="agent" q={q} />}
    >
      {(agent) => <SourceRow key={agent.id} type="agent" source={agent} />}
    </ListFrame>
  )
}

const WorkflowSources = ({ q }: { q: string }) => {
  const list = useWorkflows(q)
  return (
    <ListFrame
      label="workflows"
      list={list}
      items={list.data?.pages.flatMap((page) => page.items) ?? []}
      empty={<Empty noun="workflow" q={q} />}
    >
      {(workflow) => <WorkflowRows key={workflow.name} name={workflow.name} />}
    </ListFrame>
  )
}

/** Every version of a workflow may be offered; agents are listed version by version anyhow. */
const WorkflowRows = ({ name }: { name: string }) => {
  const versions = useQuery({
    queryKey: ['workflows', 'offered', name],
    queryFn: () => api.workflows.versions(name),
  })
  return versions.data?.items.map((workflow) => (
    <SourceRow key={workflow.id} type="workflow" source={workflow} />
  ))
}

const SourceRow = ({
  type,
  source: { name, version, description },
}: {
  type: 'agent' | 'workflow'
  source: { name: string; version: string; description: string }
}) => {
  const Icon = type === 'agent' ? Bot : WorkflowIcon
  return (
    <li>
      <Link
        to="/marketplace/publish"
        search={{ type, name, version }}
        data-row
        className="flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover"
      >
        <Icon size={16} aria-hidden className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className="truncate text-sm font-semibold">{name}</span>
            <span className="font-mono text-xs text-faint">{version}</span>
          </span>
          <span className="block truncate text-xs text-muted">
            {description || 'No description'}
          </span>
        </span>
        <ChevronRight size={15} aria-hidden className="shrink-0 text-faint" />
      </Link>
    </li>
  )
}
