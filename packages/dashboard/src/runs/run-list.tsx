import { Link } from '@tanstack/react-router'
import { ArrowUp, Route, SearchX } from 'lucide-react'
import { Button, buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { formatNumberOf } from '../ui/format.ts'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { runGridClass, RunRow, runRowHeightClass } from './run-row.tsx'
import type { RunSearch } from './run-search.ts'
import { useRunList } from './use-run-list.ts'

const SKELETON_ROWS = 8

/** Runs that match, the newest first, as they begin and end. */
export const RunList = ({
  search,
  isFiltered,
}: {
  search: RunSearch
  /** There may be runs that these filters leave out. */
  isFiltered: boolean
}) => {
  const { list, heldCount, showHeld } = useRunList(search)
  const runs = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="relative">
      {heldCount > 0 && <NewRunsPill count={heldCount} onShow={showHeld} />}
      <div className="min-h-96 overflow-hidden rounded-xl border border-line bg-surface shadow-card">
        <Heading />
        {list.isPending && <SkeletonRows />}
        {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && runs.length === 0 && <NoRuns isFiltered={isFiltered} />}
        <ul aria-label="Runs" aria-busy={list.isPlaceholderData || undefined}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ul>
      </div>
      {list.hasNextPage && (
        <div className="flex justify-center py-4">
          <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </div>
  )
}

const Heading = () => (
  <div
    aria-hidden
    className={cx(
      runGridClass,
      'h-9 border-b border-line bg-sunken px-4 text-xs text-faint max-md:hidden',
    )}
  >
    <span />
    <span>Run</span>
    <span>Started by</span>
    <span className="text-right">Cost</span>
    <span className="text-right">Duration</span>
    <span className="text-right">Age</span>
  </div>
)

const NewRunsPill = ({ count, onShow }: { count: number; onShow: () => void }) => (
  <div className="pointer-events-none sticky top-16 z-10 flex h-0 justify-center md:top-4">
    <button
      type="button"
      onClick={onShow}
      className="pointer-events-auto flex h-8 animate-pop items-center gap-1.5 rounded-full bg-accent px-3.5 text-sm font-medium text-inverse shadow-pop"
    >
      <ArrowUp size={14} aria-hidden />
      {formatNumberOf(count, 'new run')}
    </button>
  </div>
)

const NoRuns = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState
      icon={SearchX}
      title="No run matches"
      action={
        <Link to="/runs" search={{}} className={buttonClass()}>
          Clear filters
        </Link>
      }
    >
      New ones that match appear here by themselves.
    </EmptyState>
  ) : (
    <EmptyState
      icon={Route}
      title="No runs yet"
      action={
        <Link to="/workflows" className={buttonClass({ look: 'primary' })}>
          Choose a workflow to run
        </Link>
      }
    >
      Runs triggered here, from the command line, by a schedule or through the API appear the moment
      they exist.
    </EmptyState>
  )

const SkeletonRows = () => (
  <div role="status" aria-label="Loading runs">
    {Array.from({ length: SKELETON_ROWS }, (_, index) => (
      <div key={index} className={cx(runGridClass, runRowHeightClass, 'border-b border-line px-4')}>
        <Skeleton className="size-4 rounded-full" />
        <Skeleton className="h-3 w-2/5" />
        <Skeleton className="h-3 w-8 md:w-20" />
      </div>
    ))}
  </div>
)
