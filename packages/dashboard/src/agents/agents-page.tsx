import { useNavigate, useSearch } from '@tanstack/react-router'
import { Bot, Search, SearchX, Upload } from 'lucide-react'
import { useDeferredValue } from 'react'
import { openOverlay } from '../shell/overlays.ts'
import { usePermissions } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { TextInput } from '../ui/field.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AgentCard } from './agent-card.tsx'
import { useAgents } from './use-agents.ts'

const gridClass = 'grid gap-3 sm:grid-cols-2 xl:grid-cols-3'
const SKELETON_CARDS = 9

export const AgentsPage = () => {
  const { q = '' } = useSearch({ from: '/agents' })
  const navigate = useNavigate()
  const { canWork } = usePermissions()
  const change = (text: string) =>
    void navigate({ to: '/agents', search: text === '' ? {} : { q: text }, replace: true })
  return (
    <>
      <PageHeader
        title="Agents"
        actions={
          canWork && (
            <Button look="primary" onClick={() => openOverlay('publish-agent')}>
              <Upload size={14} aria-hidden /> Publish agent
            </Button>
          )
        }
      />
      <div className="relative mb-4">
        <Search
          size={15}
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-faint"
        />
        <TextInput
          type="search"
          aria-label="Search agents"
          placeholder="Search by name, description or capability"
          maxLength={200}
          data-page-search
          value={q}
          onChange={(event) => change(event.target.value)}
          className="pl-9"
        />
      </div>
      <AgentGrid q={useDeferredValue(q.trim())} />
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
        {agents.length === 1 ? '1 agent' : `${agents.length} agents`}
      </p>
      <ul aria-label="Agents" aria-busy={list.isPlaceholderData || undefined} className={gridClass}>
        {agents.map((agent) => (
          <AgentCard key={agent.id} agent={agent} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="flex justify-center py-5">
          <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </>
  )
}

const NoAgents = () => {
  const { canWork } = usePermissions()
  return (
    <EmptyState
      icon={Bot}
      title="No agents yet"
      action={
        canWork && (
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
