import { cx } from './cx.ts'

/** A quiet placeholder of the size of what is coming, so that nothing moves when it arrives. */
export const Skeleton = ({ className }: { className?: string }) => (
  <span aria-hidden className={cx('block animate-breathe rounded-md bg-selected', className)} />
)
