import type { RunStatus, RunStep } from '@cadre/contract'
import type { ReactNode } from 'react'
import { cx } from '../ui/cx.ts'
import { ShapeIcon } from '../ui/shape-icon.tsx'
import { RUN_STATUS_WORDS, stepStateWords } from './run-words.ts'

export type StateShape =
  | 'pending'
  | 'waiting'
  | 'running'
  | 'asking'
  | 'done'
  | 'failed'
  | 'held'
  | 'skipped'
  | 'cancelled'
  | 'undoing'
  | 'undone'

const COLOURS: Record<StateShape, string> = {
  pending: 'text-line-strong',
  waiting: 'text-faint',
  running: 'text-accent',
  asking: 'text-warn',
  done: 'text-good',
  failed: 'text-bad',
  held: 'text-bad',
  skipped: 'text-faint',
  cancelled: 'text-faint',
  undoing: 'text-warn',
  undone: 'text-warn',
}

const disc = <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
const ring = <circle cx="8" cy="8" r="5.75" />
const turning = (
  <>
    <circle cx="8" cy="8" r="5.75" opacity={0.25} strokeWidth={2} />
    <circle
      cx="8"
      cy="8"
      r="5.75"
      strokeWidth={2}
      strokeDasharray="10.1 26"
      className="origin-center animate-turn"
    />
  </>
)

const SHAPES: Record<StateShape, ReactNode> = {
  pending: ring,
  waiting: <circle cx="8" cy="8" r="5.75" strokeDasharray="1.7 2.43" />,
  running: turning,
  asking: (
    <>
      {ring}
      <path d="M8 5v3.2l2 1.3" />
    </>
  ),
  done: (
    <>
      {disc}
      <path d="m5.4 8.2 1.8 1.8 3.4-3.8" className="stroke-surface" />
    </>
  ),
  failed: (
    <>
      {disc}
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" className="stroke-surface" />
    </>
  ),
  held: (
    <>
      <path
        d="M5.4 1.5h5.2l3.9 3.9v5.2l-3.9 3.9H5.4l-3.9-3.9V5.4z"
        fill="currentColor"
        stroke="none"
      />
      <path d="M8 4.9v3.6M8 10.9v.1" className="stroke-surface" />
    </>
  ),
  skipped: (
    <>
      {ring}
      <path d="M5.2 8h5.6" />
    </>
  ),
  cancelled: (
    <>
      {ring}
      <path d="m4.1 11.9 7.8-7.8" />
    </>
  ),
  undoing: turning,
  undone: (
    <>
      {disc}
      <path
        d="M6.9 4.9 4.9 6.9l2 2M5.1 6.9h3.7a1.9 1.9 0 0 1 0 3.8H7.2"
        className="stroke-surface"
      />
    </>
  ),
}

/** A state of a run or a step as a shape, told apart without colour. */
export const StateIcon = ({
  shape,
  label,
  className,
}: {
  shape: StateShape
  /** Left out where the state stands beside it in words. */
  label?: string
  className?: string
}) => (
  <ShapeIcon label={label} className={cx(COLOURS[shape], className)}>
    {SHAPES[shape]}
  </ShapeIcon>
)

const RUN_SHAPES: Record<RunStatus, StateShape> = {
  RUNNING: 'running',
  COMPLETED: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  COMPENSATING: 'undoing',
  COMPENSATED: 'undone',
}

export const runShape = (run: { status: RunStatus; is_paused?: boolean }): StateShape =>
  run.is_paused === true ? 'asking' : RUN_SHAPES[run.status]

export const RunIcon = ({
  run,
  isDecorative = false,
}: {
  run: { status: RunStatus; is_paused: boolean }
  isDecorative?: boolean
}) => <StateIcon shape={runShape(run)} label={isDecorative ? undefined : runLabel(run)} />

export const runLabel = ({ status, is_paused }: { status: RunStatus; is_paused: boolean }) =>
  is_paused ? 'Paused' : RUN_STATUS_WORDS[status].label

type StepState = Pick<RunStep, 'status' | 'kind' | 'is_compensation'>

export const stepShape = (step: StepState | null): StateShape => {
  if (step === null) return 'pending'
  switch (step.status) {
    case 'RECORDED':
      return 'pending'
    case 'WAITING':
      return 'waiting'
    case 'RUNNING':
      if (step.is_compensation) return 'undoing'
      return ['approval', 'signal', 'delay'].includes(step.kind) ? 'asking' : 'running'
    case 'HELD':
      return 'held'
    case 'DONE':
      return step.is_compensation ? 'undone' : 'done'
    case 'FAILED':
      return 'failed'
    case 'SKIPPED':
      return 'skipped'
    case 'CANCELLED':
      return 'cancelled'
  }
}

export const StepIcon = ({
  step,
  isDecorative = false,
  className,
}: {
  step: StepState | null
  isDecorative?: boolean
  className?: string
}) => (
  <StateIcon
    shape={stepShape(step)}
    label={isDecorative ? undefined : stepStateWords(step).label}
    {...(className !== undefined && { className })}
  />
)
