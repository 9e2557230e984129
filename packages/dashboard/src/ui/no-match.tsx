import { Link } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from './button.tsx'
import { EmptyState } from './notice.tsx'

/** Where filters leave nothing of a list: the way back to all of it. */
export const NoMatch = ({
  noun,
  to,
  children,
}: {
  /** What one item is, such as `task`. */
  noun: string
  /** The list without its filters. */
  to: '/' | '/runs' | '/audit' | '/quarantine'
  children?: ReactNode
}) => (
  <EmptyState
    icon={SearchX}
    title={`No ${noun} matches`}
    action={
      <Link to={to} search={{}} className={buttonClass()}>
        Clear filters
      </Link>
    }
  >
    {children}
  </EmptyState>
)
