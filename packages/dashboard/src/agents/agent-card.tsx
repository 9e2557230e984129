import type { Agent } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Badge, Chip } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { formatNumberOf } from '../ui/format.ts'
import { presenceWords } from './agent-instances.tsx'
import { AgentStatusDot, RUNTIME_WORDS } from './agent-status.tsx'

const CHIPS_MAX = 3

export const AgentCard = ({ agent }: { agent: Agent }) => {
  const presence = presenceWords(agent)
  const hidden = agent.capabilities.length - CHIPS_MAX
  return (
    <li className="min-w-0">
      <Link
        to="/agents/$agentId"
        params={{ agentId: agent.id }}
        data-row
        className="flex h-42 flex-col rounded-xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong hover:bg-hover"
      >
        <span className="flex items-center gap-2">
          <span
            className={cx(
              'min-w-0 truncate text-base font-semibold',
              !agent.enabled && 'text-muted',
            )}
          >
            {agent.name}
          </span>
          <span className="shrink-0 font-mono text-2xs text-faint">{agent.version}</span>
          <span className="flex-1" />
          <Badge>{RUNTIME_WORDS[agent.runtime]}</Badge>
        </span>
        <span className="mt-1.5 line-clamp-2 text-sm text-muted">
          {agent.description || 'No description'}
        </span>
        <span className="mt-auto flex h-5.5 gap-1 overflow-hidden">
          {agent.capabilities.slice(0, CHIPS_MAX).map((capability) => (
            <Chip key={capability}>{capability}</Chip>
          ))}
          {hidden > 0 && <span className="text-xs text-faint">+{hidden}</span>}
        </span>
        <span className="mt-3 flex items-center justify-between gap-3 text-xs text-muted tabular-nums">
          <span className="flex min-w-0 items-center gap-1.5">
            <AgentStatusDot agent={agent} />
            {presence !== null && <span className="truncate">· {presence}</span>}
          </span>
          <span className="shrink-0">
            {agent.tasks_completed === 0
              ? 'not used yet'
              : `${formatNumberOf(agent.tasks_completed, 'task')} done`}
          </span>
        </span>
      </Link>
    </li>
  )
}
