import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import type { Tone } from './notice.tsx'

const TONES: Record<Tone, string> = {
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  good: 'bg-good-soft text-good',
}

export const Badge = ({
  tone = 'neutral',
  children,
  className,
}: {
  tone?: Tone
  children: ReactNode
  className?: string
}) => (
  <span
    className={cx(
      'inline-flex h-5.5 items-center gap-1.5 rounded-md px-1.5 text-xs font-medium whitespace-nowrap',
      TONES[tone],
      className,
    )}
  >
    {children}
  </span>
)

/** A word from the agent's vocabulary, such as a capability or tag. */
export const Chip = ({ children }: { children: ReactNode }) => (
  <span className="inline-block max-w-full truncate rounded-md border border-line bg-sunken px-1.5 font-mono text-2xs leading-5 text-muted">
    {children}
  </span>
)

export const Kbd = ({ children }: { children: ReactNode }) => (
  <kbd className="inline-grid h-5 min-w-5 place-items-center rounded-[5px] border border-line bg-surface px-1 font-sans text-2xs text-muted">
    {children}
  </kbd>
)
