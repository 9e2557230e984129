import { Check } from 'lucide-react'
import { cx } from '../ui/cx.ts'

const STEPS = [
  ['choose', 'Choose'],
  ['describe', 'Describe'],
  ['preview', 'Preview'],
  ['watch', 'Publish'],
] as const
export type PublishStep = (typeof STEPS)[number][0]

/** How far one is. */
export const PublishSteps = ({ step }: { step: PublishStep }) => {
  const present = STEPS.findIndex(([name]) => name === step)
  return (
    <ol aria-label="Steps" className="mb-4 flex items-center gap-2 text-sm">
      {STEPS.map(([name, label], index) => (
        <li
          key={name}
          aria-current={index === present ? 'step' : undefined}
          className={cx(
            'flex items-center gap-2',
            index > 0 &&
              "before:h-px before:w-4 before:bg-line-strong before:content-[''] sm:before:w-8",
            index === present ? 'font-medium' : 'text-faint',
          )}
        >
          <span
            aria-hidden
            className={cx(
              'grid size-5.5 place-items-center rounded-full text-2xs font-semibold',
              index < present && 'bg-good-soft text-good',
              index === present && 'bg-ink text-inverse',
              index > present && 'border border-line-strong text-muted',
            )}
          >
            {index < present ? <Check size={12} /> : index + 1}
          </span>
          <span className={cx(index !== present && 'max-sm:sr-only')}>{label}</span>
        </li>
      ))}
    </ol>
  )
}
