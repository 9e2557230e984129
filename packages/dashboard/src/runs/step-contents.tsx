import type { RunDetail, RunStep, RunStepDetail } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { RotateCcw } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { api } from '../api/client.ts'
import { AttemptList } from '../tasks/attempt-list.tsx'
import { useMay } from '../sign-in/permissions.ts'
import { CATEGORY_WORDS } from '../tasks/task-words.ts'
import { Button } from '../ui/button.tsx'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { formatCount, formatDuration, formatMoment, formatMoney } from '../ui/format.ts'
import { Facts } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import type { GraphStep } from './graph-model.ts'
import { RerunDialog } from './rerun-dialog.tsx'
import { RunLink } from './run-header.tsx'
import { DECISION_WORDS, isRunOver } from './run-words.ts'
import { StepDecisions } from './step-decisions.tsx'
import { ElementList } from './element-list.tsx'
import { StepTime } from './step-node.tsx'
import { useChoose } from './use-choose.ts'
import { runKey } from './use-run.ts'

/** A step that has begun to matter: its facts, decisions, attempts, input, output and error. */
export const StepContents = ({
  run,
  graphStep,
  steps,
  step,
  detail,
  isElement,
}: {
  run: RunDetail
  graphStep: GraphStep | undefined
  steps: readonly GraphStep[]
  step: RunStep
  detail: RunStepDetail | undefined
  isElement: boolean
}) => (
  // What comes later stands below, so that it moves nothing.
  <>
    {step.message !== null && step.kind === 'approval' && (
      <p className="border-b border-line px-4 py-3 text-sm whitespace-pre-wrap">{step.message}</p>
    )}
    <StepDecisions run={run} step={step} />
    {step.error !== null && (
      <Part title="Error">
        <p className="font-mono text-xs whitespace-pre-wrap text-bad">{step.error}</p>
      </Part>
    )}
    <Facts facts={factsOf(step)} />
    <Relatives graphStep={graphStep} step={step} isElement={isElement} />
    {isRunOver(run.status) && !step.is_compensation && !isElement && (
      <RunFromHere run={run} steps={steps} step={step.step} />
    )}
    {step.items !== null && <ElementList step={step} />}
    {detail === undefined ? (
      <div className="border-t border-line p-4">
        <Skeleton className="h-16" />
      </div>
    ) : (
      <>
        <Payload title="Input" value={detail.input} />
        <Payload title="Output" value={detail.output} />
        {step.task_id !== null && <Attempts step={step} taskId={step.task_id} />}
      </>
    )}
  </>
)

/** A new run that keeps what came before this step. */
const RunFromHere = ({
  run,
  steps,
  step,
}: {
  run: RunDetail
  steps: readonly GraphStep[]
  step: string
}) => {
  const [isOpen, setOpen] = useState(false)
  const may = useMay()
  if (!may('run.start') || run.status === 'COMPENSATED') return null
  return (
    <div className="border-t border-line px-4 py-3">
      <Button size="small" onClick={() => setOpen(true)}>
        <RotateCcw size={13} aria-hidden /> Run again from here
      </Button>
      {isOpen && <RerunDialog run={run} steps={steps} step={step} onClose={() => setOpen(false)} />}
    </div>
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="border-b border-line px-4 py-3 last:border-b-0">
    <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
    {children}
  </section>
)

const Payload = ({ title, value }: { title: string; value: unknown }) =>
  value === null ? null : (
    <section className="border-t border-line">
      <h3 className="px-4 pt-3 text-xs font-medium text-muted">{title}</h3>
      <CodeBlock text={prettyJson(value)} label={title} className="max-h-72 pt-1.5!" />
    </section>
  )

type Fact = readonly [string, ReactNode]

/** The fact, unless there is nothing to say. */
const fact = <Value,>(
  term: string,
  value: Value | null,
  inWords: (value: Value) => ReactNode,
): Fact[] => (value === null || value === '' ? [] : [[term, inWords(value)]])

const factsOf = (step: RunStep): Fact[] => [
  ...fact('Time', step.released_at, () => <StepTime key="time" step={step} />),
  ...fact('Waited', step.wait_ms, formatDuration),
  ...fact('Released', step.released_at, formatMoment),
  ...fact('Attempts', step.attempts === 0 ? null : step.attempts, formatCount),
  ...fact('Cost', step.cost, formatMoney),
  ...fact('Failure', step.category, (category) => CATEGORY_WORDS[category]),
  ...fact('Signal', step.kind === 'signal' ? step.message : null, String),
  ...fact(
    step.kind === 'delay' ? 'Goes on' : 'Deadline',
    step.ended_at === null ? step.due_at : null,
    formatMoment,
  ),
  ...fact(DECISION_WORDS[step.decision ?? ''] ?? step.decision ?? '', step.decision, () => {
    return `by ${step.decided_by_name ?? 'somebody'}`
  }),
  ...fact('Comment', step.comment, String),
  ...fact('Result', step.is_reused || null, () => 'kept from the run before'),
]

const linkClass =
  'font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink'

/** Ways from here: the task, the child run, the compensation, the list an element belongs to. */
const Relatives = ({
  graphStep,
  step,
  isElement,
}: {
  graphStep: GraphStep | undefined
  step: RunStep
  isElement: boolean
}) => {
  const choose = useChoose()
  const undo = step.is_compensation ? null : (graphStep?.undo ?? null)
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-4 py-2.5 text-sm empty:hidden">
      {step.task_id !== null && (
        <Link to="/tasks/$taskId" params={{ taskId: step.task_id }} className={linkClass}>
          Open its task
        </Link>
      )}
      {step.child_run_id !== null && <RunLink id={step.child_run_id}>Open its run</RunLink>}
      {isElement && (
        <button type="button" className={linkClass} onClick={() => choose({ step: step.step })}>
          All elements
        </button>
      )}
      {undo !== null && !isElement && (
        <button
          type="button"
          className={linkClass}
          onClick={() => choose({ step: step.step, undo: true })}
        >
          Its undoing
        </button>
      )}
      {step.is_compensation && !isElement && (
        <button type="button" className={linkClass} onClick={() => choose({ step: step.step })}>
          What it undoes
        </button>
      )}
    </div>
  )
}

const Attempts = ({ step, taskId }: { step: RunStep; taskId: string }) => {
  const attempts = useQuery({
    // Under the run's key, so that events of the run bring it up to date.
    queryKey: [...runKey(step.run_id), 'attempts', taskId],
    queryFn: () => api.tasks.attempts(taskId),
    staleTime: 0,
  })
  return (
    <div className="border-t border-line *:rounded-none *:border-0 *:shadow-none">
      <AttemptList attempts={attempts} />
    </div>
  )
}
