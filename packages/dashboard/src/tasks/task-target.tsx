import type { Agent } from '@cadre/contract'
import { AgentPicker } from '../agents/agent-picker.tsx'
import { isAgentId } from '../agents/agent-reference.ts'
import { useAgent } from '../agents/use-agents.ts'
import { Field, TextField } from '../ui/field.tsx'
import { Segments } from '../ui/segments.tsx'
import type { TaskDraft } from './task-draft.ts'

type Target = Pick<TaskDraft, 'target' | 'agentId' | 'capability'>

export interface TaskTargetProps {
  draft: Target
  change: (part: Partial<Target>) => void
  error: string | undefined
  /** A name means the latest version each time; an id means this one. Default `id`. */
  by?: 'id' | 'name'
}

const LATEST = 'Its latest version at the time of each run'

/** Who does a task: one agent, or any with a capability. */
export const TaskTarget = ({ draft, change, error, by = 'id' }: TaskTargetProps) => {
  const chosen = useAgent(draft.agentId)
  const onAgent = (agent: Agent | null) => change({ agentId: agent?.[by] ?? null })
  return (
    <div className="relative">
      <Segments
        label="Who does it"
        value={draft.target}
        onChange={(target) => change({ target })}
        segments={[
          { value: 'agent', label: 'Agent' },
          { value: 'capability', label: 'Capability' },
        ]}
        isSmall
        className="absolute -top-1.5 right-0"
      />
      {draft.target === 'agent' ? (
        <Field
          label="Agent"
          error={error}
          {...(by === 'name' && !isAgentId(draft.agentId ?? '') ? { hint: LATEST } : {})}
        >
          {(control) => (
            <AgentPicker
              control={control}
              value={chosen.data ?? null}
              onChange={onAgent}
              placeholder="Choose an agent"
            />
          )}
        </Field>
      ) : (
        <TextField
          label="Capability"
          error={error}
          hint="Any enabled agent that offers it"
          maxLength={100}
          value={draft.capability}
          placeholder="text.summarise"
          onChange={(text) => change({ capability: text.trim() })}
          isMono
        />
      )}
    </div>
  )
}
