import type { RunDetail, RunStep, RunStepDetail } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { api } from '../api/client.ts'
import { AttemptList } from '../tasks/attempt-list.tsx'
import { CATEGORY_WORDS } from '../tasks/task-words.ts'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { formatCount, formatDuration, formatMoment, formatMoney } from '../ui/format.ts'
import { Facts } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import type { GraphStep } from './graph-model.ts'
import { RunLink } from './run-header.tsx'
import { DECISION_WORDS } from './run-words.ts'
import { StepDecisions } from './step-decisions.tsx'
import { ElementList } from './element-list.tsx'
import { StepTime } from './step-node.tsx'
import { useChoose } from './use-choose.ts'
import { runKey } from './use-run.ts'

/** A step that has begun to matter: its facts, decisions, attempts, input, output and error. */
export const StepContents = ({
  run,
  graphStep,
  step,
  detail,
  isElement,
}: {
  run: RunDetail
  graphStep: GraphStep | undefined
  step: RunStep
  detail: RunStepDetail | undefined
  isElement: boolean
}) => (
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
    {step.items !== null && <ElementList run={run} step={step} />}
    {step.task_id !== null && <Attempts step={step} taskId={step.task_id} />}
    {detail === undefined ? (
      <div className="border-t border-line p-4">
        <Skeleton className="h-16" />
      </div>
    ) : (
      <>
        <Payload title="Input" value={detail.input} />
        <Payload title="Output" value={detail.output} />
      </>
    )}
  </>
)

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
const when = (condition: boolean, ...fact: [string, ReactNode]): Fact[] => (condition ? [fact] : [])

const factsOf = (step: RunStep): Fact[] => [
  ...when(step.released_at !== null, 'Time', <StepTime key="time" step={step} />),
  ...when(step.wait_ms !== null, 'Waited', formatDuration(step.wait_ms ?? 0)),
  ...when(step.released_at !== null, 'Released', formatMoment(step.released_at ?? '')),
  ...when(step.attempts > 0, 'Attempts', formatCount(step.attempts)),
  ...when(step.cost !== null, 'Cost', formatMoney(step.cost ?? '0')),
  ...when(step.category !== null, 'Kind of failure', CATEGORY_WORDS[step.category ?? 'permanent']),
  ...when(step.kind === 'signal' && step.message !== null, 'Signal', step.message),
  ...when(
    step.due_at !== null && step.ended_at === null,
    step.kind === 'delay' ? 'Goes on' : 'Deadline',
    formatMoment(step.due_at ?? ''),
  ),
  ...when(
    step.decision !== null,
    DECISION_WORDS[step.decision ?? ''] ?? step.decision ?? '',
    `by ${step.decided_by_name ?? 'somebody'}`,
  ),
  ...when(step.comment !== null && step.comment !== '', 'Comment', step.comment),
  ...when(step.is_reused, 'Result', 'kept from the run before'),
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
