import type { ReactNode } from 'react'

/** A page's title row; also names the browser's tab. */
export const PageHeader = ({
  title,
  note,
  actions,
}: {
  title: string
  note?: ReactNode
  actions?: ReactNode
}) => (
  <header className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
    <title>{`${title} · Cadre`}</title>
    <div className="min-w-0 flex-1 basis-48">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {note !== undefined && <p className="mt-0.5 text-sm text-muted">{note}</p>}
    </div>
    {actions !== undefined && <div className="flex items-center gap-2">{actions}</div>}
  </header>
)
