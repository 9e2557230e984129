import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { Button, type ButtonLook } from './button.tsx'
import { cx } from './cx.ts'

export interface LoadMoreProps extends Pick<ButtonLook, 'size'> {
  list: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>
  /** Default `Load more`. */
  label?: string
}

/** Fetches the next page of a list; absent where there is none. */
export const LoadMoreButton = ({ list, size, label = 'Load more' }: LoadMoreProps) =>
  list.hasNextPage && (
    <Button size={size} isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {label}
    </Button>
  )

/** The same below a list, on a line of its own. */
export const LoadMore = ({
  className = 'py-4',
  ...button
}: LoadMoreProps & { className?: string }) =>
  button.list.hasNextPage && (
    <div className={cx('flex justify-center', className)}>
      <LoadMoreButton {...button} />
    </div>
  )
