import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** One number among others, with what it is and what goes with it; a drawing goes between. */
export const Figure = ({
  label,
  value,
  note,
  children,
  className,
}: {
  label: string
  /** Nothing while it is asked for. */
  value: string | undefined
  note: string | undefined
  children?: ReactNode
  className?: string
}) => (
  <div className={cx('bg-surface px-4 py-3', className)}>
    <p className="text-xs text-muted">{label}</p>
    <p className="mt-0.5 text-xl font-semibold tracking-tight tabular-nums">
      {value ?? <span className="text-faint">–</span>}
    </p>
    {children}
    <p className="mt-1 text-xs text-faint tabular-nums">{note ?? ' '}</p>
  </div>
)
