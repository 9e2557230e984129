import type { ExecutionResult, Task } from '@cadre/contract'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { Panel } from '../ui/panel.tsx'
import { ExecutionOutput } from './execution-output.tsx'

/** What came of the task: a WASM program's streams, an agent's JSON, or the wait for either. */
export const OutputPanel = ({
  task,
  result,
  isLoading,
}: {
  task: Task
  result: ExecutionResult | null | undefined
  isLoading: boolean
}) => (
  <Panel title="Output">
    {task.status === 'IN_PROGRESS' && <Running task={task} />}
    {result ? (
      <ExecutionOutput key={result.duration_ms} result={result} />
    ) : task.result !== null ? (
      <CodeBlock text={prettyJson(task.result)} label="Result" />
    ) : (
      <p className="px-4 py-6 text-sm text-faint">
        {isLoading ? 'Fetching what it printed …' : emptyWords(task)}
      </p>
    )}
  </Panel>
)

const emptyWords = (task: Task) => {
  if (task.status === 'DONE') return 'It finished without a result.'
  if (task.status === 'CANCELLED') return 'It was cancelled before it had a result.'
  return 'Nothing yet. It appears here when the task ends.'
}

const Running = ({ task }: { task: Task }) => {
  const fraction = task.progress?.fraction ?? null
  return (
    <div className="border-b border-line px-4 py-3">
      <div className="mb-2 flex justify-between gap-4 text-sm">
        <span className="min-w-0 truncate">{task.progress?.message ?? 'Running'}</span>
        {fraction !== null && (
          <span className="text-muted tabular-nums">{Math.round(fraction * 100)} %</span>
        )}
      </div>
      <progress
        aria-label="Progress"
        value={fraction ?? undefined}
        className="block h-1 w-full appearance-none overflow-hidden rounded-full bg-selected [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-selected [&::-webkit-progress-value]:bg-accent"
      />
    </div>
  )
}

export const InputPanel = ({ task }: { task: Task }) => (
  <Panel title="Input">
    {task.input === null ? (
      <p className="px-4 py-6 text-sm text-faint">The task was created without input.</p>
    ) : (
      <CodeBlock text={prettyJson(task.input)} label="Input" />
    )}
  </Panel>
)
