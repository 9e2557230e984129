import type { Policy, PolicyVersion } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { SkeletonRows } from '../ui/list-frame.tsx'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Ago } from '../ui/time.tsx'

/** What the policy said before, each version with a way back to it. */
export const PolicyVersions = ({
  policy,
  onActivate,
}: {
  policy: Policy
  onActivate: (version: number) => void
}) => {
  const versions = useQuery({
    queryKey: ['policies', 'versions', policy.id, policy.version, policy.active_version],
    queryFn: async () => (await api.policies.versions(policy.id)).items,
  })
  return (
    <Panel title="Versions">
      {versions.isPending && <SkeletonRows className="h-12" count={1} />}
      {versions.isError && (
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      <ul aria-label="Versions" className="divide-y divide-line">
        {versions.data?.map((version) => (
          <VersionRow key={version.version} version={version} onActivate={onActivate} />
        ))}
      </ul>
    </Panel>
  )
}

const VersionRow = ({
  version,
  onActivate,
}: {
  version: PolicyVersion
  onActivate: (version: number) => void
}) => {
  const may = useMay()
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <details className="group min-w-0 flex-1">
        <summary className="flex min-h-7 list-none items-center gap-2 rounded-md text-sm [&::-webkit-details-marker]:hidden">
          <ChevronRight
            size={14}
            aria-hidden
            className="shrink-0 text-faint transition-transform group-open:rotate-90"
          />
          <span className="font-medium">Version {version.version}</span>
          {version.is_active && <Badge tone="good">Active</Badge>}
          <span className="min-w-0 truncate text-xs text-muted">
            {version.created_by_name} · <Ago at={version.created_at} />
          </span>
        </summary>
        <div className="mt-2 rounded-lg bg-sunken">
          <CodeBlock text={version.text} label={`Text of version ${version.version}`} />
        </div>
      </details>
      {!version.is_active && may('policy.manage') && (
        <Button
          size="small"
          onClick={() => onActivate(version.version)}
          aria-label={`Activate version ${version.version}`}
        >
          Activate
        </Button>
      )}
    </li>
  )
}
