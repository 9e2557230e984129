import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Bot } from 'lucide-react'
import { api } from '../api/client.ts'
import { nameOf } from '../tasks/task-row.tsx'
import { StatusIcon } from '../tasks/task-status.tsx'
import { PaletteGroup, PaletteItem } from './palette-item.tsx'

const FOUND_MAX = 6
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Agents and tasks that the server finds; an id typed whole leads straight to its task. */
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
  const openAgent = (agentId: string) => () =>
    onRun(() => navigate({ to: '/agents/$agentId', params: { agentId } }))
  const openTask = (taskId: string) => () =>
    onRun(() => navigate({ to: '/tasks/$taskId', params: { taskId } }))
  return (
    <>
      {agents.data !== undefined && agents.data.agents.length > 0 && (
        <PaletteGroup heading="Agents">
          {agents.data.agents.map((agent) => (
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
      {tasks.data !== undefined && tasks.data.length > 0 && (
        <PaletteGroup heading="Tasks">
          {tasks.data.map((task) => (
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
    </>
  )
}

const findTasks = async (q: string) =>
  UUID.test(q)
    ? [await api.tasks.get(q)]
    : (await api.tasks.list({ q: q.slice(0, 200), limit: FOUND_MAX })).items
