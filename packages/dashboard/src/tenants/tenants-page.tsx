import type { Tenant } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Building2, Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount } from '../ui/format.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, type Tone } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { NewTenantDialog } from './new-tenant-dialog.tsx'
import { TenantActions } from './tenant-actions.tsx'

/** Customers of this Cadre: made, suspended, resumed and deleted by its operator. */
export const TenantsPage = () => {
  const [isCreating, setCreating] = useState(false)
  const may = useMay()
  const own = useQuery(sessionQuery).data?.tenant_id
  const tenants = usePages(['tenants'], (cursor) => api.tenants.list({ limit: 50, cursor }))
  // Others see their own tenant only, and change nothing about it.
  const isOperator =
    may('tenant.manage') && tenants.items.some(({ id, is_platform }) => is_platform && id === own)
  return (
    <>
      <PageHeader
        title="Tenants"
        note="Customers of this Cadre, each apart from the others"
        actions={
          isOperator && (
            <Button look="primary" onClick={() => setCreating(true)}>
              <Plus size={14} aria-hidden /> New tenant
            </Button>
          )
        }
      />
      <ListFrame
        label="tenants"
        list={tenants}
        items={tenants.items}
        empty={<EmptyState icon={Building2} title="No tenants" />}
      >
        {(tenant) => <TenantRow key={tenant.id} tenant={tenant} isOperator={isOperator} />}
      </ListFrame>
      {isCreating && <NewTenantDialog onClose={() => setCreating(false)} />}
    </>
  )
}

const STATUS_WORDS: Record<Tenant['status'], { label: string; tone: Tone }> = {
  active: { label: 'Active', tone: 'good' },
  suspended: { label: 'Suspended', tone: 'warn' },
  deleting: { label: 'Being deleted', tone: 'bad' },
}

const TenantRow = ({ tenant, isOperator }: { tenant: Tenant; isOperator: boolean }) => {
  const { label, tone } = STATUS_WORDS[tenant.status]
  return (
    <li
      data-row
      tabIndex={-1}
      aria-label={tenant.name}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 -outline-offset-2"
    >
      <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{tenant.display_name}</span>
          {tenant.status !== 'active' && <Badge tone={tone}>{label}</Badge>}
          {tenant.is_platform && <Badge>Operator</Badge>}
        </h2>
        <p className="mt-0.5 text-xs wrap-anywhere text-muted">
          <code className="font-mono">{tenant.name}</code> ·{' '}
          {tenant.status_reason === null ? (
            <>
              made <Ago at={tenant.created_at} />
            </>
          ) : (
            <>“{tenant.status_reason}”</>
          )}
          {tenant.status !== 'active' && tenant.status_at !== null && (
            <>
              {' '}
              · <Ago at={tenant.status_at} />
            </>
          )}
        </p>
      </div>
      <p className="w-28 text-xs text-muted tabular-nums max-sm:flex-1">
        weight {formatCount(tenant.weight)}
      </p>
      {isOperator && <TenantActions tenant={tenant} />}
    </li>
  )
}
