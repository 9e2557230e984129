import { useNavigate, useSearch } from '@tanstack/react-router'
import { Bot, SearchX, Upload } from 'lucide-react'
import { openOverlay } from '../shell/overlays.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AgentCard } from './agent-card.tsx'
import { useAgents } from './use-agents.ts'

const gridClass = 'grid gap-3 sm:grid-cols-2 xl:grid-cols-3'
const SKELETON_CARDS = 9

export const AgentsPage = () => {
  const { q = '' } = useSearch({ from: '/agents' })
  const navigate = useNavigate()
  const may = useMay()
  const change = (text: string) =>
    void navigate({ to: '/agents', search: text === '' ? {} : { q: text }, replace: true })
  return (
    <>
      <PageHeader
        title="Agents"
        actions={
          may('agent.publish') && (
            <Button look="primary" onClick={() => openOverlay('publish-agent')}>
              <Upload size={14} aria-hidden /> Publish agent
            </Button>
          )
        }
      />
      <SearchField
        label="Search by name, description or capability"
        value={q}
        onChange={change}
        className="mb-4"
      />
      <AgentGrid q={q.trim()} />
    </>
  )
}

const AgentGrid = ({ q }: { q: string }) => {
  const list = useAgents(q)
  const agents = list.data?.pages.flatMap((page) => page.items) ?? []
  if (list.isPending) return <SkeletonCards />
  if (list.isError) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (agents.length === 0) return q === '' ? <NoAgents /> : <NoMatch q={q} />
  return (
    <>
      <p role="status" className="sr-only">
        {formatNumberOf(agents.length, 'agent')}
      </p>
      <ul aria-label="Agents" aria-busy={list.isPlaceholderData || undefined} className={gridClass}>
        {agents.map((agent) => (
          <AgentCard key={agent.id} agent={agent} />
        ))}
      </ul>
      <LoadMore list={list} className="py-5" />
    </>
  )
}

const NoAgents = () => {
  const may = useMay()
  return (
    <EmptyState
      icon={Bot}
      title="No agents yet"
      action={
        may('agent.publish') && (
          <Button look="primary" onClick={() => openOverlay('publish-agent')}>
            Publish the first agent
          </Button>
        )
      }
    >
      Upload a WASM program, or register an agent that runs elsewhere.
    </EmptyState>
  )
}

const NoMatch = ({ q }: { q: string }) => (
  <EmptyState icon={SearchX} title={`No agent matches “${q}”`}>
    Names, descriptions and capabilities were searched.
  </EmptyState>
)

const SkeletonCards = () => (
  <div role="status" aria-label="Loading agents" className={gridClass}>
    {Array.from({ length: SKELETON_CARDS }, (_, index) => (
      <Skeleton key={index} className="h-42 rounded-xl" />
    ))}
  </div>
)
