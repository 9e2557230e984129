import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Bot, Store, Workflow } from 'lucide-react'
import { api } from '../api/client.ts'
import { RunIcon } from '../runs/state-icon.tsx'
import { useMay } from '../sign-in/permissions.ts'
import { nameOf } from '../tasks/task-row.tsx'
import { StatusIcon } from '../tasks/task-status.tsx'
import { PaletteGroup, PaletteItem } from './palette-item.tsx'

const FOUND_MAX = 6
const OFFERS_MAX = 4
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What the server finds; an id typed whole leads straight to its task or run. */
export const PaletteFinds = ({ q, onRun }: { q: string; onRun: (run: () => unknown) => void }) => {
  const navigate = useNavigate()
  const agents = useQuery({
    queryKey: ['agents', 'search', q, FOUND_MAX],
    queryFn: () => api.agents.search(q, FOUND_MAX),
    placeholderData: keepPreviousData,
  })
  const tasks = useQuery({
    queryKey: ['tasks', 'found', q],
    queryFn: () => findTasks(q),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  // What was found for fewer letters must match all of them: Enter takes the first.
  const isNamed = (name: string) => name.toLowerCase().includes(q.toLowerCase())
  const foundAgents = (agents.data?.agents ?? []).filter(
    ({ name }) => !agents.isPlaceholderData || isNamed(name),
  )
  const foundTasks = (tasks.data ?? []).filter(
    (task) => !tasks.isPlaceholderData || isNamed(nameOf(task)),
  )
  const workflows = useQuery({
    queryKey: ['workflows', 'found', q],
    queryFn: async () => (await api.workflows.list({ q, limit: FOUND_MAX })).items,
    placeholderData: keepPreviousData,
  })
  const may = useMay()
  const offers = useQuery({
    queryKey: ['marketplace', 'found', q],
    queryFn: async () => (await api.marketplace.search({ q, limit: OFFERS_MAX })).items,
    placeholderData: keepPreviousData,
    enabled: may('marketplace.read'),
  })
  const runs = useQuery({
    queryKey: ['runs', 'found', q],
    queryFn: async () => [await api.runs.get(q)],
    enabled: UUID.test(q),
    retry: false,
  })
  const foundWorkflows = (workflows.data ?? []).filter(
    ({ name }) => !workflows.isPlaceholderData || isNamed(name),
  )
  const openWorkflow = (workflow: string) => () =>
    onRun(() => navigate({ to: '/workflows/$workflow', params: { workflow } }))
  const openRun = (runId: string) => () =>
    onRun(() => navigate({ to: '/runs/$runId', params: { runId } }))
  const openOffer = (name: string) => () =>
    onRun(() => navigate({ to: '/marketplace/$name', params: { name } }))
  const openAgent = (agentId: string) => () =>
    onRun(() => navigate({ to: '/agents/$agentId', params: { agentId } }))
  const openTask = (taskId: string) => () =>
    onRun(() => navigate({ to: '/tasks/$taskId', params: { taskId } }))
  return (
    <>
      {foundAgents.length > 0 && (
        <PaletteGroup heading="Agents">
          {foundAgents.map((agent) => (
            <PaletteItem
              key={agent.id}
              id={agent.id}
              icon={<Bot size={15} />}
              note={agent.version}
              onSelect={openAgent(agent.id)}
            >
              {agent.name}
            </PaletteItem>
          ))}
        </PaletteGroup>
      )}
      {foundWorkflows.length > 0 && (
        <PaletteGroup heading="Workflows">
          {foundWorkflows.map((workflow) => (
            <PaletteItem
              key={workflow.id}
              id={workflow.id}
              icon={<Workflow size={15} />}
              note={workflow.version}
              onSelect={openWorkflow(workflow.name)}
            >
              {workflow.name}
            </PaletteItem>
          ))}
        </PaletteGroup>
      )}
      {runs.data !== undefined && (
        <PaletteGroup heading="Runs">
          {runs.data.map((run) => (
            <PaletteItem
              key={run.id}
              id={run.id}
              icon={<RunIcon run={run} />}
              note={run.workflow_version}
              onSelect={openRun(run.id)}
            >
              {run.workflow_name}
            </PaletteItem>
          ))}
        </PaletteGroup>
      )}
      {foundTasks.length > 0 && (
        <PaletteGroup heading="Tasks">
          {foundTasks.map((task) => (
            <PaletteItem
              key={task.id}
              id={task.id}
              icon={<StatusIcon status={task.status} />}
              note={task.agent_name ?? ''}
              onSelect={openTask(task.id)}
            >
              {nameOf(task)}
            </PaletteItem>
          ))}
        </PaletteGroup>
      )}
      {offers.data !== undefined && offers.data.length > 0 && (
        <PaletteGroup heading="Marketplace">
          {offers.data.map((item) => (
            <PaletteItem
              key={item.name}
              id={`offer ${item.name}`}
              icon={<Store size={15} />}
              note={item.version}
              onSelect={openOffer(item.name)}
            >
              {item.name}
            </PaletteItem>
          ))}
        </PaletteGroup>
      )}
    </>
  )
}

const findTasks = async (q: string) =>
  UUID.test(q)
    ? [await api.tasks.get(q)]
    : (await api.tasks.list({ q: q.slice(0, 200), limit: FOUND_MAX })).items
