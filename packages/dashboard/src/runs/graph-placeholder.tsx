import { cx } from '../ui/cx.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { graphHeightClass } from './graph-height.ts'

/** Stands where the graph will be while the program that draws it is on its way. */
export const GraphPlaceholder = ({ stepCount }: { stepCount: number }) => (
  <div
    role="status"
    aria-label="Loading the graph"
    className={cx('grid place-items-center bg-sunken', graphHeightClass(stepCount))}
  >
    <Skeleton className="h-14 w-48" />
  </div>
)
