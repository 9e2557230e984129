import type { Agent } from '@cadre/contract'
import { useNavigate } from '@tanstack/react-router'
import { AgentPicker } from '../agents/agent-picker.tsx'
import { useAgent } from '../agents/use-agents.ts'
import { ChoiceFilter, FilterButton } from '../ui/choice-filter.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { StatusFilter } from '../ui/status-filter.tsx'
import { PriorityIcon } from './task-status.tsx'
import type { TaskSearch } from './task-search.ts'
import { PRIORITIES, PRIORITY_WORDS, STATUS_WORDS, STATUSES } from './task-words.ts'

const TYPING_MS = 200

/** The filters live in the address, so that a filtered list can be linked to. */
export const TaskFilters = ({ search }: { search: TaskSearch }) => {
  const navigate = useNavigate()
  const change = (part: TaskSearch) =>
    void navigate({ to: '/', search: { ...search, ...part }, replace: true })

  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <StatusFilter
        value={search.status}
        statuses={STATUSES}
        words={STATUS_WORDS}
        onChange={(status) => change({ status })}
      />
      <SearchField
        label="Filter by title or error"
        value={search.q ?? ''}
        onChange={(q) => change({ q: q || undefined })}
        restMs={TYPING_MS}
        className="flex-1 max-lg:basis-full lg:min-w-44"
      />
      <AgentFilter id={search.agent} onChange={(agent) => change({ agent: agent?.id })} />
      <ChoiceFilter
        noun="priority"
        value={search.priority}
        choices={PRIORITY_CHOICES}
        onChange={(priority) => change({ priority })}
      />
    </div>
  )
}

export const AgentFilter = ({
  id,
  onChange,
}: {
  id: string | undefined
  onChange: (agent: Agent | null) => void
}) => {
  const chosen = useAgent(id ?? null)
  return (
    <AgentPicker
      value={chosen.data ?? null}
      onChange={onChange}
      placeholder="Agent"
      clearLabel="Any agent"
      trigger={
        <FilterButton isSet={id !== undefined} aria-label="Filter by agent">
          <span className="truncate">
            {id === undefined ? 'Agent' : (chosen.data?.name ?? '…')}
          </span>
        </FilterButton>
      }
    />
  )
}

const PRIORITY_CHOICES = PRIORITIES.map((priority) => ({
  value: priority,
  label: (
    <>
      <PriorityIcon priority={priority} />
      {PRIORITY_WORDS[priority]}
    </>
  ),
}))
