import type { Agent } from '@cadre/contract'
import { useMay } from '../sign-in/permissions.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Badge } from '../ui/badge.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Callout } from '../ui/notice.tsx'
import { AgentActions } from './agent-actions.tsx'
import { AgentStatusDot, RUNTIME_WORDS } from './agent-status.tsx'

export const AgentHeader = ({ agent }: { agent: Agent }) => {
  const may = useMay()
  return (
    <header className="mb-5">
      <title>{`${agent.name} · Cadre`}</title>
      <BackLink to="/agents">Agents</BackLink>
      <div className="mt-1.5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xl font-semibold tracking-tight">
            {agent.name}
            <Badge>{RUNTIME_WORDS[agent.runtime]}</Badge>
            <span aria-live="polite" className="flex font-normal tracking-normal">
              <AgentStatusDot agent={agent} />
            </span>
          </h1>
          <p className="mt-1 max-w-prose text-sm text-muted">{agent.description}</p>
          <div className="mt-1 flex items-center gap-1">
            <code className="min-w-0 truncate font-mono text-xs text-faint">{agent.id}</code>
            <CopyButton text={agent.id} label="Copy the agent's id" />
          </div>
        </div>
        {may('agent.manage') && <AgentActions agent={agent} />}
      </div>
      {agent.last_error !== null && (
        <Callout tone="warn" className="mt-3">
          <strong className="font-medium">Last error.</strong>{' '}
          <span className="font-mono text-xs">{agent.last_error}</span>
        </Callout>
      )}
    </header>
  )
}
