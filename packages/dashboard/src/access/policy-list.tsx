import type { Policy } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { api } from '../api/client.ts'
import { Badge } from '../ui/badge.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'

/** Cedar policies of the tenant. */
export const PolicyList = () => {
  const policies = usePages(['policies'], (cursor) => api.policies.list({ limit: 50, cursor }))
  return (
    <ListFrame
      label="policies"
      list={policies}
      items={policies.items}
      empty={
        <EmptyState icon={ScrollText} title="No policies">
          Roles and grants decide by themselves. A policy in Cedar permits or forbids beyond that:
          by time, by priority, by what an object is.
        </EmptyState>
      }
    >
      {(policy) => (
        <li key={policy.id}>
          <Link
            to="/access"
            search={{ tab: 'policies', policy: policy.id }}
            data-row
            className="flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 -outline-offset-2 hover:bg-hover"
          >
            <span className="min-w-0 flex-1 basis-56">
              <span className="flex min-w-0 items-center gap-2 text-sm font-semibold">
                <span className="truncate">{policy.name}</span>
                <PolicyState policy={policy} />
              </span>
              <span className="mt-0.5 block truncate text-xs text-muted">
                {policy.description === '' ? firstLine(policy.text) : policy.description}
              </span>
            </span>
            <span className="text-xs text-muted">
              {policy.created_by_name} · <Ago at={policy.updated_at} />
            </span>
          </Link>
        </li>
      )}
    </ListFrame>
  )
}

const firstLine = (text: string) => text.trimStart().split('\n', 1)[0]

/** Whether it decides, and whether a newer version waits. */
export const PolicyState = ({
  policy: { version, active_version: active },
}: {
  policy: Pick<Policy, 'version' | 'active_version'>
}) => (
  <>
    {active === null && <Badge>Draft</Badge>}
    {active !== null && <Badge tone="good">Active · version {active}</Badge>}
    {active !== null && active < version && <Badge tone="accent">Version {version} waits</Badge>}
  </>
)
