import type { ReactNode } from 'react'
import { Logo } from '../ui/logo.tsx'

/** A page of its own for who is not signed in: one small form. */
export const CredentialCard = ({
  title,
  note,
  children,
  below,
}: {
  title: string
  note: ReactNode
  children: ReactNode
  below?: ReactNode
}) => (
  <main className="grid min-h-dvh place-items-center px-5 py-12">
    <title>{`${title.replace(' to Cadre', '')} · Cadre`}</title>
    <div className="w-full max-w-88">
      <div className="mb-8 flex flex-col items-center gap-4 text-center">
        <Logo size={40} />
        <div>
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          <p className="mt-1 text-sm text-balance text-muted">{note}</p>
        </div>
      </div>
      <div className="rounded-xl border border-line bg-surface p-5 shadow-card">{children}</div>
      {below !== undefined && (
        <p className="mt-5 text-center text-xs text-balance text-faint">{below}</p>
      )}
    </div>
  </main>
)
