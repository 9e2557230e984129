import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

/** Part of a form that most leave as it is, folded. */
export const MoreOptions = ({ summary, children }: { summary: string; children: ReactNode }) => (
  <details className="group rounded-lg border border-line">
    <summary className="flex h-9 list-none items-center gap-1.5 rounded-lg px-3 text-sm text-muted hover:text-ink [&::-webkit-details-marker]:hidden">
      <ChevronRight size={14} aria-hidden className="transition-transform group-open:rotate-90" />
      {summary}
    </summary>
    <div className="grid gap-4 p-3 pt-1 sm:grid-cols-2">{children}</div>
  </details>
)
