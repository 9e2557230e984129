import type { Agent, AgentExample, CreateTask } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowUpRight, ListPlus, Play } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client.ts'
import { ExecutionOutput } from '../tasks/execution-output.tsx'
import { Button } from '../ui/button.tsx'
import { Callout, FormError } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { PayloadField, payloadOf, readPayload } from '../ui/payload-field.tsx'

/** Runs the agent on some input, at once (WASM) or through the queue. */
export const TryIt = ({ agent }: { agent: Agent }) => {
  const navigate = useNavigate()
  const [payload, setPayload] = useState(() => payloadOf(agent.examples[0]?.input))
  const input = readPayload(payload)
  const value = input.isValid ? (input.value as CreateTask['input']) : undefined
  const canRunNow = agent.runtime === 'wasm'

  const run = useMutation({
    mutationFn: () => api.tasks.execute({ agent_id: agent.id, input: value }),
  })
  const queue = useMutation({
    mutationFn: () => api.tasks.create({ agent_id: agent.id, input: value }),
    onSuccess: (task) => navigate({ to: '/tasks/$taskId', params: { taskId: task.id } }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!input.isValid) return
    if (canRunNow) run.mutate()
    else queue.mutate()
  }

  return (
    <Panel title="Try it">
      <form onSubmit={submit} className="grid gap-3 p-4">
        {!agent.enabled && (
          <Callout tone="warn">
            It is disabled: enable it to run it, or queue work for later.
          </Callout>
        )}
        <PayloadField value={payload} onChange={setPayload} />
        <Examples
          examples={agent.examples}
          onChoose={(example) => setPayload(payloadOf(example.input))}
        />
        <FormError error={run.error ?? queue.error} />
        <div className="flex justify-end gap-2">
          {canRunNow && (
            <Button
              disabled={!input.isValid}
              isBusy={queue.isPending}
              onClick={() => queue.mutate()}
            >
              <ListPlus size={14} aria-hidden /> Queue it
            </Button>
          )}
          <Button
            type="submit"
            look="primary"
            disabled={!input.isValid}
            isBusy={canRunNow ? run.isPending : queue.isPending}
          >
            {canRunNow ? <Play size={13} aria-hidden /> : <ListPlus size={14} aria-hidden />}
            {canRunNow ? 'Run now' : 'Queue it'}
          </Button>
        </div>
      </form>
      <div role="status">
        {run.data !== undefined && (
          <div className="border-t border-line">
            <ExecutionOutput key={run.data.task_id} result={run.data} />
            <p className="border-t border-line px-4 py-2 text-right text-xs">
              <Link
                to="/tasks/$taskId"
                params={{ taskId: run.data.task_id }}
                className="inline-flex items-center gap-1 text-muted hover:text-ink"
              >
                Kept as a task <ArrowUpRight size={12} aria-hidden />
              </Link>
            </p>
          </div>
        )}
      </div>
    </Panel>
  )
}

const Examples = ({
  examples,
  onChoose,
}: {
  examples: readonly AgentExample[]
  onChoose: (example: AgentExample) => void
}) =>
  examples.length === 0 ? null : (
    <div className="flex flex-wrap items-center gap-1.5">
      <span className="text-xs text-faint">Examples</span>
      {examples.map((example) => (
        <Button
          key={example.title}
          size="small"
          onClick={() => onChoose(example)}
          className="max-w-full font-normal"
        >
          <span className="truncate">{example.title}</span>
        </Button>
      ))}
    </div>
  )
