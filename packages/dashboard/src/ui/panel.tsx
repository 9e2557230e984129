import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A bordered surface with an optional heading row. */
export const Panel = ({
  title,
  aside,
  children,
  className,
}: {
  title?: string
  aside?: ReactNode
  children: ReactNode
  className?: string
}) => (
  <section
    aria-label={title}
    className={cx(
      'min-w-0 overflow-hidden rounded-xl border border-line bg-surface shadow-card',
      className,
    )}
  >
    {title !== undefined && (
      <header className="flex h-11 items-center gap-2 border-b border-line pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate text-sm font-semibold">{title}</h2>
        {aside}
      </header>
    )}
    {children}
  </section>
)

/** Terms and their values, as the side column of a detail page shows them. */
export const Facts = ({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="divide-y divide-line text-sm">
    {facts.map(([term, value]) => (
      <div key={term} className="flex min-h-9 items-center gap-4 px-4 py-1.5">
        <dt className="w-24 shrink-0 text-muted">{term}</dt>
        <dd className="min-w-0 flex-1 text-right tabular-nums">{value}</dd>
      </div>
    ))}
  </dl>
)
