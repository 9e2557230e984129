import { Link } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { isNotFound } from '../api/client.ts'
import { buttonClass } from './button.tsx'
import { capital } from './format.ts'
import { EmptyState, ErrorState } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'

/**
 * Whether a page has been ready once. It is first drawn when all of it is there, so that no panel
 * pushes another one down, and stays while parts of it are fetched anew.
 */
export const useDrawn = (isReady: boolean): boolean => {
  const [isDrawn, setDrawn] = useState(isReady)
  if (isReady && !isDrawn) setDrawn(true)
  return isReady || isDrawn
}

/** The page of an object while it loads; `children` hold the places of what is coming. */
export const LoadingPage = ({ noun, children }: { noun: string; children: ReactNode }) => (
  <div role="status" aria-label={`Loading the ${noun}`}>
    <title>{`${capital(noun)} · Cadre`}</title>
    <Skeleton className="mb-3 h-4 w-24" />
    {children}
  </div>
)

/** The page of an object that could not be loaded; `missing` where nothing is at its address. */
export const PageFault = ({
  query,
  missing,
}: {
  query: { error: unknown; refetch: () => Promise<unknown> }
  missing: ReactNode
}) =>
  isNotFound(query.error) ? (
    missing
  ) : (
    <ErrorState isPage error={query.error} onRetry={() => void query.refetch()} />
  )

/** The page of an object that is not there. */
export const MissingPage = ({
  noun,
  to,
  children,
}: {
  noun: string
  /** The list of those that are. */
  to: '/' | '/runs' | '/agents' | '/workflows'
  /** Why it may be missing. */
  children: ReactNode
}) => (
  <>
    <title>{`${capital(noun)} not found · Cadre`}</title>
    <EmptyState
      icon={SearchX}
      title={`There is no such ${noun}`}
      isPage
      action={
        <Link to={to} className={buttonClass()}>
          {`See all ${noun}s`}
        </Link>
      }
    >
      {children}
    </EmptyState>
  </>
)
