import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { capital } from './format.ts'
import { LoadMoreButton } from './load-more.tsx'
import { ErrorState } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'

type ListState = Pick<
  UseInfiniteQueryResult,
  | 'isPending'
  | 'isError'
  | 'isSuccess'
  | 'isPlaceholderData'
  | 'error'
  | 'refetch'
  | 'hasNextPage'
  | 'isFetchingNextPage'
  | 'fetchNextPage'
>

export interface ListFrameProps<Item> {
  /** What the items are, such as `tasks`; read aloud. */
  label: string
  list: ListState
  items: readonly Item[]
  children: (item: Item) => ReactNode
  empty: ReactNode
  heading?: ReactNode
  /** Placeholders of the size of what is coming. */
  skeleton?: ReactNode
  /** Beside "Load more". */
  footer?: ReactNode
  className?: string
}

/** A list page by page: while it loads, where it failed, where nothing is, and what comes next. */
export const ListFrame = <Item,>({
  label,
  list,
  items,
  children,
  empty,
  heading,
  skeleton,
  footer,
  className = 'min-h-96',
}: ListFrameProps<Item>) => (
  <>
    <div
      className={cx(
        'overflow-hidden rounded-xl border border-line bg-surface shadow-card',
        className,
      )}
    >
      {heading}
      {list.isPending && (
        <div role="status" aria-label={`Loading ${label}`}>
          {skeleton ?? <SkeletonRows />}
        </div>
      )}
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && empty}
      <ul
        aria-label={capital(label)}
        aria-busy={list.isPlaceholderData || undefined}
        className="divide-y divide-line"
      >
        {items.map((item) => children(item))}
      </ul>
    </div>
    {(list.hasNextPage || Boolean(footer)) && (
      <div className="flex justify-center gap-2 py-4">
        <LoadMoreButton list={list} />
        {footer}
      </div>
    )}
  </>
)

const SKELETON_ROWS = 4

export const SkeletonRows = ({
  className = 'h-16',
  count = SKELETON_ROWS,
}: {
  className?: string
  count?: number
}) =>
  Array.from({ length: count }, (_, index) => (
    <div key={index} className={cx('flex items-center gap-4 border-b border-line px-4', className)}>
      <Skeleton className="h-3 w-1/3" />
      <Skeleton className="ml-auto h-4 w-28" />
    </div>
  ))

/** What the columns of the rows below are; a narrow screen has no room for it. */
export const ListHeading = ({
  className,
  children,
}: {
  /** The grid of the rows. */
  className: string
  children: ReactNode
}) => (
  <div
    aria-hidden
    className={cx(
      className,
      'h-9 border-b border-line bg-sunken px-4 text-xs text-faint max-md:hidden',
    )}
  >
    {children}
  </div>
)
