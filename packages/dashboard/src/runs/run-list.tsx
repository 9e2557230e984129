import { Link } from '@tanstack/react-router'
import { Route } from 'lucide-react'
import { LiveList } from '../live/live-list.tsx'
import { buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { ListHeading } from '../ui/list-frame.tsx'
import { NoMatch } from '../ui/no-match.tsx'
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
}) => (
  <LiveList
    noun="run"
    live={useRunList(search)}
    heading={<Heading />}
    skeleton={<SkeletonRows />}
    empty={<NoRuns isFiltered={isFiltered} />}
  >
    {(run) => <RunRow key={run.id} run={run} />}
  </LiveList>
)

const Heading = () => (
  <ListHeading className={runGridClass}>
    <span />
    <span>Run</span>
    <span>Started by</span>
    <span className="text-right">Cost</span>
    <span className="text-right">Duration</span>
    <span className="text-right">Age</span>
  </ListHeading>
)

const NoRuns = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <NoMatch noun="run" to="/runs">
      New ones that match appear here by themselves.
    </NoMatch>
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
