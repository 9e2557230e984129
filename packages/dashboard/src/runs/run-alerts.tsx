import type { RunDetail, RunStatus } from '@cadre/contract'
import { CircleHelp, CirclePause, Hourglass, OctagonAlert, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Callout, type Tone } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import type { GraphStep } from './graph-model.ts'
import { isRunOver } from './run-words.ts'
import { useChoose } from './use-choose.ts'

/** What a person should know or do, above everything else about the run. */
export const RunAlerts = ({
  run,
  steps,
  isDefinitionGone,
}: {
  run: RunDetail
  steps: readonly GraphStep[]
  isDefinitionGone: boolean
}) => {
  const held = steps.filter(({ step, undo }) => step?.status === 'HELD' || undo?.status === 'HELD')
  const asking = steps.filter(({ step }) => step?.kind === 'approval' && step.status === 'RUNNING')
  return (
    <div className="mb-4 grid gap-2 empty:hidden">
      {held.length > 0 && (
        <Alert tone="bad" icon={<OctagonAlert size={15} className="text-bad" aria-hidden />}>
          Waits for a person to decide about <StepLinks held={held} />: try it again, skip it, or
          declare it done.
        </Alert>
      )}
      {run.error !== null && (
        <Alert
          tone={run.failed_step === null ? 'neutral' : 'bad'}
          icon={<TriangleAlert size={15} aria-hidden />}
        >
          {run.failed_step !== null && (
            <>
              <StepLink name={run.failed_step} steps={steps} />:{' '}
            </>
          )}
          <span className="whitespace-pre-wrap">{run.error}</span>
          {UNDOING_WORDS[run.status] !== undefined && (
            <p className="mt-0.5 text-muted">{UNDOING_WORDS[run.status]}</p>
          )}
        </Alert>
      )}
      {run.is_paused && (
        <Alert tone="warn" icon={<CirclePause size={15} className="text-warn" aria-hidden />}>
          Paused: what began goes on to its end, and nothing new begins until it is resumed.
        </Alert>
      )}
      {run.stuck_since !== null && (
        <Alert tone="warn" icon={<CircleHelp size={15} className="text-warn" aria-hidden />}>
          Found standing still <Ago at={run.stuck_since} />: nothing moves, though nobody and no
          clock is waited for. See whether its steps find an agent.
        </Alert>
      )}
      {asking.length > 0 && (
        <Alert tone="warn" icon={<Hourglass size={15} className="text-warn" aria-hidden />}>
          Waits for an approval: <StepLinks held={asking} />.
        </Alert>
      )}
      {isDefinitionGone && (
        <Alert tone="neutral">
          The workflow was deleted, so only steps that began are shown, without what they need.
        </Alert>
      )}
      {run.is_ending && run.status === 'RUNNING' && !isRunOver(run.status) && (
        <Alert tone="neutral">It will not complete: what is still open comes to rest.</Alert>
      )}
    </div>
  )
}

const UNDOING_WORDS: Partial<Record<RunStatus, string>> = {
  COMPENSATING: 'What was done is being undone, in reverse order.',
  COMPENSATED: 'Nothing is left to undo. What became of each step stands under Undoing.',
}

const Alert = ({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) => (
  <Callout tone={tone} icon={icon}>
    {children}
  </Callout>
)

const LINKS_MAX = 5

const StepLinks = ({ held }: { held: readonly GraphStep[] }) => (
  <>
    {held.slice(0, LINKS_MAX).map((step, index) => (
      <span key={step.name}>
        {index > 0 && ', '}
        {step.undo?.status === 'HELD' && 'the undoing of '}
        <StepLink name={step.name} steps={held} isUndo={step.undo?.status === 'HELD'} />
      </span>
    ))}
    {held.length > LINKS_MAX && ` and ${held.length - LINKS_MAX} more`}
  </>
)

const StepLink = ({
  name,
  steps,
  isUndo = false,
}: {
  name: string
  steps: readonly GraphStep[]
  isUndo?: boolean
}) => {
  const choose = useChoose()
  return (
    <button
      type="button"
      onClick={() => choose({ step: name, ...(isUndo && { undo: true }) })}
      className="rounded font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink"
    >
      {steps.find((step) => step.name === name)?.title ?? name}
    </button>
  )
}
