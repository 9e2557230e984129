import { Link } from '@tanstack/react-router'
import { Route, SearchX } from 'lucide-react'
import { buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { formatNumberOf } from '../ui/format.ts'
import { ArrivalsPill, ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
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
      {heldCount > 0 && (
        <ArrivalsPill text={formatNumberOf(heldCount, 'new run')} onShow={showHeld} />
      )}
      <ListFrame
        label="runs"
        list={list}
        items={runs}
        heading={<Heading />}
        skeleton={<SkeletonRows />}
        empty={<NoRuns isFiltered={isFiltered} />}
      >
        {(run) => <RunRow key={run.id} run={run} />}
      </ListFrame>
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

const SkeletonRows = () =>
  Array.from({ length: SKELETON_ROWS }, (_, index) => (
    <div key={index} className={cx(runGridClass, runRowHeightClass, 'border-b border-line px-4')}>
      <Skeleton className="size-4 rounded-full" />
      <Skeleton className="h-3 w-2/5" />
      <Skeleton className="h-3 w-8 md:w-20" />
    </div>
  ))
