import { createLink } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from './cx.ts'

/** Leads from a page up to what it is part of. */
export const BackLink = createLink(({ className, children, ...rest }: ComponentProps<'a'>) => (
  <a
    {...rest}
    className={cx(
      '-ml-1 inline-flex items-center gap-1 rounded-md text-sm text-muted hover:text-ink',
      className,
    )}
  >
    <ChevronLeft size={15} aria-hidden /> {children}
  </a>
))
