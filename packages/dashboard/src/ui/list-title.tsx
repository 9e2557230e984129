import type { ReactNode } from 'react'

/** The heading of one of several lists on a page. */
export const ListTitle = ({
  title,
  note,
  children,
}: {
  title: string
  note?: ReactNode
  children?: ReactNode
}) => (
  <div className="mb-3 flex min-h-8.5 flex-wrap items-center gap-x-4 gap-y-2">
    <div className="min-w-0 flex-1 basis-48">
      <h2 className="text-base font-semibold">{title}</h2>
      {note !== undefined && <p className="text-sm text-muted">{note}</p>}
    </div>
    {children}
  </div>
)
