import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api } from '../api/client.ts'
import { useLiveEvents } from '../live/live-events.ts'
import { useThrottled } from '../live/use-throttled.ts'
import { useMay } from '../sign-in/permissions.ts'
import { LoadingPage, MissingPage, PageFault } from '../ui/page-states.tsx'
import { Facts, Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { agentFacts } from './agent-facts.tsx'
import { AgentFigures } from './agent-figures.tsx'
import { AgentInstances, useInstances } from './agent-instances.tsx'
import { AgentHeader } from './agent-header.tsx'
import { RecentRuns } from './recent-runs.tsx'
import { TryIt } from './try-it.tsx'
import { useAgent, useAgentChanges } from './use-agents.ts'

const REFETCH_MS_MIN = 2_000

export const AgentPage = () => {
  const { agentId } = useParams({ from: '/agents/$agentId' })
  return <AgentDetail key={agentId} id={agentId} />
}

const AgentDetail = ({ id }: { id: string }) => {
  useAgentChanges()
  const cache = useQueryClient()
  const may = useMay()
  const agent = useAgent(id)
  const agentId = agent.data?.id ?? id
  const stats = useQuery({
    queryKey: ['agents', 'stats', agentId],
    queryFn: () => api.agents.stats(agentId),
    enabled: agent.isSuccess,
  })
  const instances = useInstances(agent.data)
  const refetchAll = useThrottled(() => {
    void agent.refetch()
    void stats.refetch()
    void cache.invalidateQueries({ queryKey: ['agents', 'instances', agentId] })
  }, REFETCH_MS_MIN)
  useLiveEvents((batch) => {
    if (batch.some((event) => event.data.agent_id === agentId)) refetchAll()
  })

  if (agent.isPending || instances.isLoading) return <LoadingAgent />
  if (agent.isError) return <PageFault query={agent} missing={<NoAgent />} />
  return (
    <>
      <AgentHeader agent={agent.data} />
      <AgentFigures stats={stats} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="grid gap-5">
          {agent.data.runtime === 'remote' && <AgentInstances list={instances} />}
          {may('task.execute') && <TryIt agent={agent.data} />}
          <RecentRuns agentId={agentId} />
        </div>
        <Panel title="Details">
          <Facts facts={agentFacts(agent.data)} />
        </Panel>
      </div>
    </>
  )
}

const NoAgent = () => (
  <MissingPage noun="agent" to="/agents">
    It may have been deleted, or it belongs to another tenant.
  </MissingPage>
)

const LoadingAgent = () => (
  <LoadingPage noun="agent">
    <Skeleton className="mb-6 h-7 w-64 max-w-full" />
    <Skeleton className="mb-5 h-26 rounded-xl" />
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Skeleton className="h-72 rounded-xl" />
      <Skeleton className="h-72 rounded-xl" />
    </div>
  </LoadingPage>
)
