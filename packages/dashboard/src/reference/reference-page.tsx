import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { BookOpen } from 'lucide-react'
import { api } from '../api/client.ts'
import { BackLink } from '../ui/back-link.tsx'
import { cx } from '../ui/cx.ts'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { operationsOf, type OpenApi } from './openapi.ts'
import { OperationList } from './operation-list.tsx'
import { OperationView } from './operation-view.tsx'

const readDocument = async () => (await (await api.send('GET', '/openapi.json')).json()) as OpenApi

/**
 * The API, drawn from its own OpenAPI document. Drawn here rather than by a library: those weigh
 * hundreds of kilobytes and inject styles that a strict content policy refuses.
 */
export const ReferencePage = () => {
  const document = useQuery({
    queryKey: ['openapi'],
    queryFn: readDocument,
    staleTime: Infinity,
  })
  return (
    <>
      <PageHeader
        title="API reference"
        note={
          <>
            Everything this dashboard does, as an API. Machines read{' '}
            <a
              href="/api/v1/openapi.json"
              className="underline decoration-line-strong underline-offset-3 hover:text-ink"
            >
              openapi.json
            </a>
          </>
        }
      />
      {document.isPending && <Skeleton className="h-96 rounded-xl" />}
      {document.isError && (
        <ErrorState error={document.error} onRetry={() => void document.refetch()} />
      )}
      {document.data !== undefined && <Reference document={document.data} />}
    </>
  )
}

const Reference = ({ document }: { document: OpenApi }) => {
  const { op } = useSearch({ from: '/reference' })
  const operations = operationsOf(document)
  const chosen = operations.find((operation) => operation.key === op)
  const shown = chosen ?? operations[0]
  if (shown === undefined)
    return (
      <EmptyState icon={BookOpen} title="The document describes no operation">
        Update Cadre: this version should describe all of them.
      </EmptyState>
    )
  return (
    <div className="grid items-start gap-8 lg:grid-cols-[16rem_minmax(0,1fr)]">
      {/* A phone shows the list or the operation; a desk shows both. */}
      <div
        className={cx(
          'lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:overflow-y-auto lg:p-0.5',
          chosen !== undefined && 'max-lg:hidden',
        )}
      >
        <OperationList operations={operations} chosen={shown.key} />
      </div>
      <div className={cx('min-w-0', chosen === undefined && 'max-lg:hidden')}>
        <BackLink to="/reference" search={{}} className="mb-4 lg:hidden">
          All operations
        </BackLink>
        <OperationView key={shown.key} document={document} operation={shown} />
      </div>
    </div>
  )
}
