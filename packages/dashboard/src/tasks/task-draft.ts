import type { CreateTask, Task, TaskPriority } from '@cadre/contract'
import { EMPTY_PAYLOAD, payloadOf, readPayload, type Payload } from '../ui/payload-field.tsx'

/** A new task while it is being written; texts as they stand in their fields. */
export interface TaskDraft {
  target: 'agent' | 'capability'
  agentId: string | null
  capability: string
  title: string
  input: Payload
  priority: TaskPriority
  maxRetries: string
  timeoutSeconds: string
  /** A local date and time as `<input type="datetime-local">` gives it; empty: at once. */
  runAt: string
  tags: string
}

export const draftFrom = (task: Task | undefined): TaskDraft => ({
  target: task !== undefined && task.agent_id === null ? 'capability' : 'agent',
  agentId: task?.agent_id ?? null,
  capability: task?.capability ?? '',
  title: task?.title ?? '',
  input: task === undefined ? EMPTY_PAYLOAD : payloadOf(task.input),
  priority: task?.priority ?? 'medium',
  maxRetries: task === undefined ? '' : String(task.max_retries),
  timeoutSeconds: String(task?.timeouts.execution_seconds ?? ''),
  runAt: '',
  tags: task?.tags.join(', ') ?? '',
})

const numberOf = (text: string) => (text.trim() === '' ? undefined : Number(text))

/** What is sent. The server judges the values and names the field that it does not like. */
export const toCreateTask = (draft: TaskDraft): CreateTask => {
  const input = readPayload(draft.input)
  const timeoutSeconds = numberOf(draft.timeoutSeconds)
  const tags = draft.tags.split(',').map((tag) => tag.trim())
  return {
    agent_id: draft.target === 'agent' ? (draft.agentId ?? undefined) : undefined,
    capability: draft.target === 'capability' ? draft.capability : undefined,
    title: draft.title.trim() || undefined,
    input: input.isValid ? (input.value as CreateTask['input']) : undefined,
    priority: draft.priority,
    max_retries: numberOf(draft.maxRetries),
    timeouts: timeoutSeconds === undefined ? undefined : { execution_seconds: timeoutSeconds },
    run_at: draft.runAt === '' ? undefined : new Date(draft.runAt).toISOString(),
    tags: tags.filter((tag) => tag !== ''),
  }
}
