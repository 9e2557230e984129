import { Link } from '@tanstack/react-router'
import { Badge } from '../ui/badge.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { useWorkflowVersions } from './use-workflows.ts'

/** All versions of a workflow, the greatest first; each can be looked at. */
export const VersionList = ({ name, shown }: { name: string; shown: string }) => {
  const versions = useWorkflowVersions(name)
  const items = versions.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Panel title="Versions">
      {versions.isPending && <Skeleton className="m-4 h-16" />}
      {versions.isError && (
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      <ul aria-label="Versions" className="divide-y divide-line">
        {items.map((version) => (
          <li key={version.id}>
            <Link
              to="/workflows/$workflow"
              params={{ workflow: name }}
              search={{ version: version.version }}
              data-row
              className="flex min-h-11 flex-wrap items-center gap-x-4 px-4 py-2 text-sm -outline-offset-2 hover:bg-hover"
            >
              <span className="font-medium tabular-nums">{version.version}</span>
              {version.version === shown && <Badge tone="accent">Shown</Badge>}
              {version.is_saga && <Badge tone="warn">Saga</Badge>}
              <span className="text-xs text-muted">
                {formatNumberOf(version.step_count, 'step')}
              </span>
              <code className="font-mono text-2xs text-faint" title={version.sha256}>
                {version.sha256.slice(0, 12)}
              </code>
              <span className="ml-auto text-xs text-muted">
                {version.owner} · <Ago at={version.created_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <LoadMore list={versions} className="border-t border-line py-3" />
    </Panel>
  )
}
