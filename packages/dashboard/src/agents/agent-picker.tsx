import type { Agent } from '@cadre/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import { api, messageOf } from '../api/client.ts'
import { controlClass, type FieldControl } from '../ui/field.tsx'
import { menuItemClass, menuSurfaceClass } from '../ui/menu.tsx'
import { cx } from '../ui/cx.ts'

export interface AgentPickerProps {
  value: Agent | null
  onChange: (agent: Agent | null) => void
  placeholder: string
  /** Offers a way back to no agent, named so. */
  clearLabel?: string
  trigger?: ReactNode
  control?: FieldControl
}

const SHOWN_MAX = 30

/** Chooses an agent by typing part of its name. */
export const AgentPicker = (props: AgentPickerProps) => {
  const [isOpen, setOpen] = useState(false)
  const choose = (agent: Agent | null) => {
    props.onChange(agent)
    setOpen(false)
  }
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        {props.trigger ?? (
          <button
            type="button"
            {...props.control}
            className={cx(controlClass, 'flex h-8.5 items-center gap-2 pr-2.5 text-left')}
          >
            <span className={cx('min-w-0 flex-1 truncate', props.value === null && 'text-faint')}>
              {props.value?.name ?? props.placeholder}
            </span>
            <ChevronDown size={14} className="text-faint" aria-hidden />
          </button>
        )}
      </Popover.Trigger>
      {/* Not in a portal: within a modal dialog only the dialog's own content is reachable. */}
      <Popover.Content
        align="start"
        sideOffset={6}
        collisionPadding={12}
        className={cx(menuSurfaceClass, 'w-72')}
      >
        <AgentChoices {...props} onChoose={choose} />
      </Popover.Content>
    </Popover.Root>
  )
}

const AgentChoices = ({
  value,
  clearLabel,
  onChoose,
}: AgentPickerProps & { onChoose: (agent: Agent | null) => void }) => {
  const [text, setText] = useState('')
  const q = text.trim()
  const found = useQuery({
    queryKey: ['agents', 'search', q, SHOWN_MAX],
    queryFn: () => api.agents.search(q, SHOWN_MAX),
    placeholderData: keepPreviousData,
  })
  // What was found for fewer letters must match all of them: Enter takes the first.
  const agents = (found.data?.agents ?? []).filter(
    (agent) => !found.isPlaceholderData || isNamed(agent.name, q),
  )
  return (
    <Command shouldFilter={false} label="Agents">
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Find an agent"
        className="mb-1 h-8 w-full border-b border-line bg-transparent px-2 text-sm outline-none"
      />
      <Command.List className="max-h-64 overflow-y-auto">
        {found.isError && <p className="p-2 text-sm text-bad">{messageOf(found.error)}</p>}
        {found.isSuccess && (
          <Command.Empty className="p-2 text-sm text-muted">No agent of that name</Command.Empty>
        )}
        {clearLabel !== undefined && q === '' && (
          <Choice isChosen={value === null} value="" onSelect={() => onChoose(null)}>
            {clearLabel}
          </Choice>
        )}
        {agents.map((agent) => (
          <Choice
            key={agent.id}
            value={agent.id}
            isChosen={agent.id === value?.id}
            onSelect={() => onChoose(agent)}
          >
            <span className="min-w-0 flex-1 truncate">{agent.name}</span>
            <span className="text-xs text-faint">{agent.version}</span>
          </Choice>
        ))}
      </Command.List>
    </Command>
  )
}

/** Whether a name contains what was typed so far. */
const isNamed = (name: string, text: string) => name.toLowerCase().includes(text.toLowerCase())

const Choice = ({
  value,
  isChosen,
  onSelect,
  children,
}: {
  value: string
  isChosen: boolean
  onSelect: () => void
  children: ReactNode
}) => (
  <Command.Item
    value={value || 'none'}
    onSelect={onSelect}
    className={cx(menuItemClass, 'data-[selected=true]:bg-hover')}
  >
    {children}
    {isChosen && <Check size={14} aria-hidden />}
  </Command.Item>
)
