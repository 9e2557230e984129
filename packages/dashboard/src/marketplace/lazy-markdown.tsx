import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

/** The renderer of Markdown, which comes with the first page that needs it. */
export const useMarkdown = () =>
  useQuery({
    queryKey: ['markdown'],
    queryFn: () => import('./markdown.tsx'),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  })

export const LazyMarkdown = ({ text }: { text: string }) => {
  const renderer = useMarkdown()
  if (renderer.isError)
    return <ErrorState error={renderer.error} onRetry={() => void renderer.refetch()} />
  if (renderer.data === undefined)
    return (
      <div role="status" aria-label="Laying out the text" className="grid gap-3 p-5">
        <Skeleton className="h-5 w-1/3" />
        <Skeleton className="h-20" />
      </div>
    )
  const { Markdown } = renderer.data
  return <Markdown text={text} />
}
