import { X } from 'lucide-react'
import type { GraphStep } from '../runs/graph-model.ts'
import { KindIcon } from '../runs/kind-icon.tsx'
import { STEP_KIND_WORDS } from '../runs/run-words.ts'
import { UnbegunStep } from '../runs/unbegun-step.tsx'
import { IconButton } from '../ui/button.tsx'

/** What a definition says of one step. */
export const DefinedStep = ({
  graphStep,
  onClose,
}: {
  graphStep: GraphStep
  onClose: () => void
}) => (
  <section
    aria-label={`Step ${graphStep.title}`}
    className="min-w-0 overflow-hidden rounded-xl border border-line bg-surface shadow-card"
  >
    <header className="flex items-start gap-2 border-b border-line px-4 py-3">
      <div className="min-w-0 flex-1">
        <h2 className="text-sm leading-5 font-semibold">{graphStep.title}</h2>
        <p className="mt-1 flex items-center gap-1 text-xs text-muted">
          <KindIcon kind={graphStep.kind} /> {STEP_KIND_WORDS[graphStep.kind]}
        </p>
      </div>
      <IconButton size="small" label="Close the step" className="-mt-1 -mr-2" onClick={onClose}>
        <X size={15} aria-hidden />
      </IconButton>
    </header>
    <UnbegunStep graphStep={graphStep} />
  </section>
)
