import { ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { cx } from './cx.ts'

export interface FoldedRowProps {
  summary: ReactNode
  /** What is inside, made while it is open. */
  children: ReactNode
  /** Names the row for those who hear the list. */
  label?: string
  /** Of the summary; default: its height. */
  className?: string
}

/** An item of a list that opens. */
export const FoldedRow = ({ summary, children, label, className = 'py-3' }: FoldedRowProps) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <li aria-label={label}>
      <details
        className="group"
        onToggle={(event) =>
          event.target === event.currentTarget && setOpen(event.currentTarget.open)
        }
      >
        <summary
          data-row
          className={cx(
            'flex list-none flex-wrap items-center gap-x-4 gap-y-1 px-4 -outline-offset-2 hover:bg-hover [&::-webkit-details-marker]:hidden',
            className,
          )}
        >
          <ChevronRight
            size={14}
            aria-hidden
            className="shrink-0 text-faint transition-transform group-open:rotate-90"
          />
          {summary}
        </summary>
        {isOpen && children}
      </details>
    </li>
  )
}
