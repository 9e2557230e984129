import type { RunStep } from '@cadre/contract'
import { Undo2 } from 'lucide-react'
import { cx } from '../ui/cx.ts'
import { formatAge, formatCount, formatDuration, formatMoney } from '../ui/format.ts'
import { useNow } from '../ui/time.tsx'
import type { GraphStep } from './graph-model.ts'
import { KindIcon } from './kind-icon.tsx'
import { isStepOpen, STEP_KIND_WORDS, stepStateWords } from './run-words.ts'
import { StepIcon, stepShape, type StateShape } from './state-icon.tsx'

const FRAMES: Partial<Record<StateShape, string>> = {
  running: 'border-accent/60 bg-accent-soft',
  asking: 'border-warn/50 bg-warn-soft',
  failed: 'border-bad/50 bg-bad-soft',
  held: 'border-bad/50 bg-bad-soft',
  done: 'border-line-strong bg-surface',
}

/** One step of the graph; pressing it opens what is known about the step. */
export const StepNode = ({
  graphStep,
  isDense,
  isSelected,
  onSelect,
}: {
  graphStep: GraphStep
  isDense: boolean
  isSelected: boolean
  onSelect: (name: string) => void
}) => {
  const { name, title, kind, step, undo, definition, isPlan } = graphStep
  // What undoes the elements of a list stands in the view of undoing.
  const canBeUndone = (step === null || kind === 'fan_out') && definition?.hasUndo === true
  return (
    <button
      type="button"
      data-row
      aria-label={labelOf(graphStep)}
      aria-current={isSelected || undefined}
      onClick={() => onSelect(name)}
      className={cx(
        // The graph lets presses pass through its nodes, since none of them can be dragged.
        'pointer-events-auto flex size-full flex-col justify-center rounded-lg border text-left shadow-card transition-colors hover:border-control',
        isDense ? 'gap-0 px-2' : 'gap-0.5 px-2.5',
        FRAMES[stepShape(step)] ?? 'border-line-strong bg-surface',
        step === null && !isPlan && 'border-dashed',
        isSelected && 'border-solid outline-2 outline-accent',
      )}
    >
      <span className="flex w-full min-w-0 items-center gap-1.5">
        {isPlan ? <KindIcon kind={kind} size={15} /> : <StepIcon step={step} isDecorative />}
        <span
          className={cx(
            'min-w-0 flex-1 truncate leading-5 font-medium',
            isDense ? 'text-base' : 'text-sm',
          )}
        >
          {title}
        </span>
        {(undo !== null || canBeUndone) && <UndoMark undo={undo} />}
      </span>
      <span className="flex w-full min-w-0 items-center gap-1.5 pl-[1.375rem] text-xs leading-4 text-muted">
        {!isPlan && <KindIcon kind={kind} size={12} />}
        <span className="min-w-0 flex-1 truncate tabular-nums">
          <NodeNote graphStep={graphStep} />
        </span>
        {step?.cost != null && Number(step.cost) > 0 && (
          <span className="shrink-0 tabular-nums">{formatMoney(step.cost)}</span>
        )}
      </span>
    </button>
  )
}

const labelOf = ({ title, kind, step, isPlan }: GraphStep) =>
  `${title}, ${STEP_KIND_WORDS[kind]}${isPlan ? '' : `, ${stepStateWords(step).label}`}`

const UndoMark = ({ undo }: { undo: RunStep | null }) => (
  <span
    title={undo === null ? 'Can be undone' : stepStateWords(undo).label}
    className={cx(
      'grid size-4 shrink-0 place-items-center rounded',
      undo?.status === 'DONE' || undo?.status === 'RUNNING'
        ? 'bg-warn-soft text-warn'
        : undo?.status === 'HELD'
          ? 'bg-bad text-inverse'
          : 'text-faint',
    )}
  >
    <Undo2 size={12} aria-hidden />
  </span>
)

/** What can be said in the room of a few words. */
const NodeNote = ({ graphStep: { step, kind, definition } }: { graphStep: GraphStep }) => {
  if (step === null) return definition?.subject ?? STEP_KIND_WORDS[kind]
  const parts = [
    step.items !== null &&
      `${formatCount(step.items - (step.items_left ?? 0))} of ${formatCount(step.items)}`,
    step.attempts > 1 && `×${step.attempts}`,
    step.is_reused && 'kept',
  ].filter((part) => part !== false)
  return (
    <>
      {parts.length > 0 && `${parts.join(' · ')} · `}
      <StepTime step={step} />
    </>
  )
}

/** How long it took, takes, or what it waits for. */
export const StepTime = ({ step }: { step: RunStep }) => {
  if (step.status === 'SKIPPED' || step.status === 'CANCELLED') return stepStateWords(step).label
  if (step.released_at === null) return stepStateWords(step).label
  if (step.duration_ms !== null) return formatDuration(step.duration_ms)
  return isStepOpen(step.status) ? <Running since={step.released_at} /> : null
}

const Running = ({ since }: { since: string }) => {
  const now = useNow()
  return formatAge(Math.max(1_000, now - Date.parse(since)))
}
