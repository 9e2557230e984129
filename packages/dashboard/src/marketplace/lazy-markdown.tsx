import { lazy, Suspense } from 'react'
import { Skeleton } from '../ui/skeleton.tsx'

const Markdown = lazy(async () => ({ default: (await import('./markdown.tsx')).Markdown }))

/** Markdown whose parser comes with the first text that needs it. */
export const LazyMarkdown = ({ text }: { text: string }) => (
  <Suspense
    fallback={
      <div role="status" aria-label="Laying out the text" className="grid gap-3 p-5">
        <Skeleton className="h-5 w-1/3" />
        <Skeleton className="h-20" />
      </div>
    }
  >
    <Markdown text={text} />
  </Suspense>
)
