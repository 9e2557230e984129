import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Bot, Keyboard, Monitor, Moon, Plus, Search, Sun, Upload } from 'lucide-react'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { api } from '../api/client.ts'
import { StatusIcon } from '../tasks/task-status.tsx'
import { nameOf } from '../tasks/task-row.tsx'
import { Kbd } from '../ui/badge.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { openOverlay } from './overlays.ts'
import { SECTIONS } from './sections.ts'
import { setTheme } from './theme.ts'

const FOUND_MAX = 6

/** Goes anywhere and starts anything by typing a part of its name. */
export const CommandPalette = ({ onClose }: { onClose: () => void }) => {
  const [text, setText] = useState('')
  const q = useDeferredValue(text.trim())
  return (
    <Dialog isOpen onClose={onClose} title="Find anything" hasPlainFrame>
      <Command label="Find anything" loop>
        <div className="flex items-center gap-2.5 border-b border-line px-4">
          <Search size={16} className="text-faint" aria-hidden />
          <Command.Input
            value={text}
            onValueChange={setText}
            data-initial-focus
            maxLength={200}
            placeholder="Find a task, an agent or a command"
            className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
          />
          <Kbd>Esc</Kbd>
        </div>
        <Command.List className="max-h-[min(24rem,60dvh)] scroll-py-2 overflow-y-auto p-2">
          <Command.Empty className="px-2 py-8 text-center text-sm text-muted">
            Nothing of that name
          </Command.Empty>
          <Commands onClose={onClose} />
          {q !== '' && <Found q={q} onClose={onClose} />}
        </Command.List>
      </Command>
    </Dialog>
  )
}

const Commands = ({ onClose }: { onClose: () => void }) => {
  const navigate = useNavigate()
  const run = (action: () => unknown) => () => {
    onClose()
    void action()
  }
  return (
    <>
      <Group heading="Do">
        <Item icon={<Plus size={15} />} keys="n" onSelect={run(() => openOverlay('new-task'))}>
          New task
        </Item>
        <Item icon={<Upload size={15} />} onSelect={run(() => openOverlay('publish-agent'))}>
          Publish agent
        </Item>
      </Group>
      <Group heading="Go to">
        {SECTIONS.map(({ to, label, icon: Icon, keys }) => (
          <Item
            key={to}
            icon={<Icon size={15} />}
            keys={keys}
            onSelect={run(() => navigate({ to }))}
          >
            {label}
          </Item>
        ))}
      </Group>
      <Group heading="Look">
        <Item icon={<Sun size={15} />} onSelect={run(() => setTheme('light'))}>
          Light theme
        </Item>
        <Item icon={<Moon size={15} />} onSelect={run(() => setTheme('dark'))}>
          Dark theme
        </Item>
        <Item icon={<Monitor size={15} />} onSelect={run(() => setTheme('system'))}>
          Theme of the system
        </Item>
        <Item icon={<Keyboard size={15} />} keys="?" onSelect={run(() => openOverlay('shortcuts'))}>
          Keyboard shortcuts
        </Item>
      </Group>
    </>
  )
}

/** Agents and tasks that the server finds; an id typed whole leads straight to its task. */
const Found = ({ q, onClose }: { q: string; onClose: () => void }) => {
  const navigate = useNavigate()
  const agents = useQuery({
    queryKey: ['agents', 'search', q, FOUND_MAX],
    queryFn: () => api.agents.search(q, FOUND_MAX),
  })
  const tasks = useQuery({
    queryKey: ['tasks', 'found', q],
    queryFn: () => findTasks(q),
    staleTime: 0,
  })
  const open = (action: () => Promise<void>) => () => {
    onClose()
    void action()
  }
  return (
    <>
      <Group heading="Agents" isForced>
        {agents.data?.agents.map((agent) => (
          <Item
            key={agent.id}
            value={`${q} ${agent.id}`}
            icon={<Bot size={15} />}
            note={agent.version}
            onSelect={open(() =>
              navigate({ to: '/agents/$agentId', params: { agentId: agent.id } }),
            )}
          >
            {agent.name}
          </Item>
        ))}
      </Group>
      <Group heading="Tasks" isForced>
        {tasks.data?.map((task) => (
          <Item
            key={task.id}
            value={`${q} ${task.id}`}
            icon={<StatusIcon status={task.status} />}
            note={task.agent_name ?? ''}
            onSelect={open(() => navigate({ to: '/tasks/$taskId', params: { taskId: task.id } }))}
          >
            {nameOf(task)}
          </Item>
        ))}
      </Group>
    </>
  )
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const findTasks = async (q: string) =>
  UUID.test(q)
    ? [await api.tasks.get(q)]
    : (await api.tasks.list({ q: q.slice(0, 200), limit: FOUND_MAX })).items

const Group = ({
  heading,
  children,
  isForced = false,
}: {
  heading: string
  children: ReactNode
  isForced?: boolean
}) => (
  <Command.Group
    heading={heading}
    forceMount={isForced || undefined}
    className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint [&:not(:has([cmdk-item]))]:hidden"
  >
    {children}
  </Command.Group>
)

const Item = ({
  icon,
  children,
  value,
  keys,
  note,
  onSelect,
}: {
  icon: ReactNode
  children: ReactNode
  /** What typing is matched against; the text if left out. */
  value?: string
  keys?: string
  note?: string
  onSelect: () => void
}) => (
  <Command.Item
    value={value}
    onSelect={onSelect}
    className="flex h-9 cursor-default items-center gap-2.5 rounded-lg px-2 text-sm select-none data-[selected=true]:bg-selected"
  >
    <span aria-hidden className="grid size-4 place-items-center text-muted">
      {icon}
    </span>
    <span className="min-w-0 flex-1 truncate">{children}</span>
    {note !== undefined && <span className="truncate text-xs text-faint">{note}</span>}
    {keys !== undefined && (
      <span className="flex gap-1">
        {keys.split(' ').map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </span>
    )}
  </Command.Item>
)
