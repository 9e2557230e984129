import { TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { fieldErrors, messageOf } from '../api/client.ts'
import { Button } from './button.tsx'
import { cx } from './cx.ts'

export interface EmptyStateProps {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
  /** The whole page is this: then the title is its first heading. */
  isPage?: boolean
}

/** What a person sees where nothing is: what belongs here and how to get it. */
export const EmptyState = ({ icon: Icon, title, children, action, isPage }: EmptyStateProps) => (
  <div className="flex flex-col items-center px-6 py-16 text-center">
    <span className="mb-4 grid size-11 place-items-center rounded-xl border border-line bg-surface text-muted shadow-card">
      <Icon size={20} strokeWidth={1.75} aria-hidden />
    </span>
    {isPage ? (
      <h1 className="text-base font-semibold">{title}</h1>
    ) : (
      <h2 className="text-base font-semibold">{title}</h2>
    )}
    {children !== undefined && (
      <div className="mt-1 max-w-sm text-sm text-balance text-muted">{children}</div>
    )}
    {Boolean(action) && <div className="mt-5">{action}</div>}
  </div>
)

/** A page or panel that could not be loaded: what happened, and a way on. */
export const ErrorState = ({
  error,
  onRetry,
  isPage = false,
}: {
  error: unknown
  onRetry?: () => void
  isPage?: boolean
}) => (
  <div role="alert">
    <EmptyState
      icon={TriangleAlert}
      title="This could not be loaded"
      isPage={isPage}
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      {messageOf(error)}
    </EmptyState>
  </div>
)

const TONES = {
  neutral: 'border-line bg-sunken text-muted',
  accent: 'border-accent/25 bg-accent-soft text-ink',
  warn: 'border-warn/30 bg-warn-soft text-ink',
  bad: 'border-bad/30 bg-bad-soft text-ink',
  good: 'border-good/30 bg-good-soft text-ink',
} as const
export type Tone = keyof typeof TONES

/** A sentence or two that stand out within a page. */
export const Callout = ({
  tone = 'neutral',
  icon,
  children,
  className,
  role,
}: {
  tone?: Tone
  icon?: ReactNode
  children: ReactNode
  className?: string
  role?: 'alert' | 'status'
}) => (
  <div
    role={role}
    className={cx('flex gap-2.5 rounded-lg border px-3.5 py-2.5 text-sm', TONES[tone], className)}
  >
    {icon !== undefined && <span className="mt-0.5 shrink-0">{icon}</span>}
    <div className="min-w-0 flex-1">{children}</div>
  </div>
)

/**
 * A refused form, said above its buttons. What is at fault with one of `fields` stands at that
 * field already and is not said twice.
 */
export const FormError = ({
  error,
  fields = [],
}: {
  error: unknown
  fields?: readonly string[]
}) => {
  if (error === null || error === undefined) return null
  const faults = Object.keys(fieldErrors(error))
  const isSaidAbove =
    faults.length > 0 && faults.every((fault) => fields.includes(fault.split(/[.[]/)[0] ?? ''))
  return (
    <Callout tone="bad" role="alert" icon={<TriangleAlert size={15} className="text-bad" />}>
      {isSaidAbove ? 'Nothing was saved. See what is marked above.' : messageOf(error)}
    </Callout>
  )
}
