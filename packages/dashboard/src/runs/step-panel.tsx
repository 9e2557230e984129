import type { RunDetail, RunStep } from '@cadre/contract'
import { X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { Badge } from '../ui/badge.tsx'
import { IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/notice.tsx'
import type { GraphStep } from './graph-model.ts'
import { KindIcon } from './kind-icon.tsx'
import type { RunPageSearch } from './run-search.ts'
import { STEP_KIND_WORDS, stepStateWords } from './run-words.ts'
import { StepIcon } from './state-icon.tsx'
import { StepContents } from './step-contents.tsx'
import { UnbegunStep } from './unbegun-step.tsx'
import { useChoose } from './use-choose.ts'
import { useStepDetail } from './use-run.ts'

/** Beside the view: everything about the step that was chosen, and what can be decided about it. */
export const StepPanel = ({
  run,
  steps,
  search,
}: {
  run: RunDetail
  steps: readonly GraphStep[]
  search: RunPageSearch
}) => {
  const graphStep = steps.find(({ name }) => name === search.step)
  const row = rowOf(graphStep, search)
  const detail = useStepDetail(run.id, search.element ?? row?.id ?? null)
  const step = detail.data ?? row
  const title = graphStep?.title ?? search.step ?? ''
  return (
    <Frame key={`${search.step} ${search.undo} ${search.element}`} title={title}>
      <Heading title={title} step={step} graphStep={graphStep} isUndo={search.undo === true} />
      {detail.isError && <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />}
      {step === null ? (
        <UnbegunStep run={run} graphStep={graphStep} />
      ) : (
        <StepContents
          run={run}
          graphStep={graphStep}
          steps={steps}
          step={step}
          detail={detail.data}
          isElement={search.element !== undefined}
        />
      )}
    </Frame>
  )
}

const rowOf = (graphStep: GraphStep | undefined, { undo, element }: RunPageSearch) => {
  if (graphStep === undefined || element !== undefined) return null
  return undo === true ? graphStep.undo : graphStep.step
}

/** Where the panel stands below the view rather than beside it. */
const BELOW = '(width < 64rem)'

/** On a phone the panel stands below the view: it comes into sight by itself. */
const Frame = ({ title, children }: { title: string; children: ReactNode }) => {
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    if (window.matchMedia(BELOW).matches) element.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <section
      ref={element}
      aria-label={`Step ${title}`}
      className="min-w-0 scroll-mt-16 overflow-hidden rounded-xl border border-line bg-surface shadow-card lg:sticky lg:top-5 lg:max-h-[calc(100dvh-2.5rem)] lg:overflow-y-auto"
    >
      {children}
    </section>
  )
}

const Heading = ({
  title,
  step,
  graphStep,
  isUndo,
}: {
  title: string
  step: RunStep | null
  graphStep: GraphStep | undefined
  isUndo: boolean
}) => {
  const choose = useChoose()
  const words = stepStateWords(step)
  const kind = step?.kind ?? graphStep?.kind
  return (
    <header className="border-b border-line px-4 py-3">
      <div className="flex items-start gap-2">
        <span className="mt-0.5">
          <StepIcon step={step} isDecorative />
        </span>
        <h2 className="min-w-0 flex-1 text-sm leading-5 font-semibold">
          {isUndo && 'Undoing: '}
          {title}
          {step?.item != null && <span className="text-muted"> · element {step.item}</span>}
        </h2>
        <IconButton
          size="small"
          label="Close the step"
          className="-my-1 -mr-2"
          onClick={() => choose({})}
        >
          <X size={15} aria-hidden />
        </IconButton>
      </div>
      <div className="mt-1.5 flex flex-wrap items-center gap-2 pl-6 text-xs text-muted">
        <span aria-live="polite">
          <Badge tone={words.tone}>{words.label}</Badge>
        </span>
        {kind !== undefined && (
          <span className="inline-flex items-center gap-1">
            <KindIcon kind={kind} /> {STEP_KIND_WORDS[kind]}
          </span>
        )}
        {graphStep !== undefined && graphStep.title !== graphStep.name && (
          <code className="font-mono text-2xs">{graphStep.name}</code>
        )}
      </div>
    </header>
  )
}
