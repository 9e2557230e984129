import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A shape of lines in a square of 16, in the colour of its text. */
export const ShapeIcon = ({
  label,
  className,
  children,
}: {
  /** Left out where what it means stands beside it in words. */
  label: string | undefined
  className: string
  children: ReactNode
}) => (
  <svg
    width={16}
    height={16}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.5}
    strokeLinecap="round"
    strokeLinejoin="round"
    className={cx('shrink-0', className)}
    role={label === undefined ? undefined : 'img'}
    aria-label={label}
    aria-hidden={label === undefined || undefined}
  >
    {children}
  </svg>
)
