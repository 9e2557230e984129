import type { Permission, Role } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Pencil, ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { rolesQuery } from '../members/use-role-names.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge, Chip } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { FoldedRow } from '../ui/folded-row.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { SkeletonRows } from '../ui/list-frame.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { objectWords } from './object-words.ts'
import { RoleDialog } from './role-dialog.tsx'

/** The roles that every tenant has, and its own. */
export const RoleList = () => {
  const roles = useQuery(rolesQuery)
  return (
    <div className="min-h-96 overflow-hidden rounded-xl border border-line bg-surface shadow-card">
      {roles.isPending && (
        <div role="status" aria-label="Loading roles">
          <SkeletonRows className="h-16" count={5} />
        </div>
      )}
      {roles.isError && <ErrorState error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.data?.length === 0 && <EmptyState icon={ShieldCheck} title="No roles" />}
      <ul aria-label="Roles" className="divide-y divide-line">
        {roles.data?.map((role) => (
          <RoleRow key={role.name} role={role} />
        ))}
      </ul>
    </div>
  )
}

const RoleRow = ({ role }: { role: Role }) => (
  <FoldedRow
    label={role.name}
    summary={
      <>
        <span className="min-w-0 flex-1 basis-56">
          <span className="flex min-w-0 items-center gap-2 text-sm font-semibold">
            <span className="truncate">{role.name}</span>
            {role.is_built_in && <Badge>Built in</Badge>}
          </span>
          <span className="mt-0.5 block truncate text-xs text-muted">
            {role.description === '' ? 'No description' : role.description}
          </span>
        </span>
        <span className="text-xs text-muted tabular-nums">
          {formatNumberOf(role.actions.length, 'action')}
        </span>
      </>
    }
  >
    <RoleDetails role={role} />
  </FoldedRow>
)

const RoleDetails = ({ role }: { role: Role }) => {
  const may = useMay()
  const [step, setStep] = useState<'edit' | 'delete' | null>(null)
  const close = () => setStep(null)
  const remove = useAction(() => api.roles.remove(role.name), {
    done: `${role.name} deleted`,
    touches: [rolesQuery.queryKey],
    onDone: close,
  })
  return (
    <div className="grid gap-3 border-t border-line bg-sunken px-4 py-4 text-sm sm:pl-11">
      {role.inherits.length > 0 && (
        <p className="text-muted">
          Has all that <Names names={role.inherits} /> permits, and:
        </p>
      )}
      {!role.is_built_in &&
        role.permissions.map((permission, index) => (
          <PermissionLine key={index} permission={permission} />
        ))}
      <div>
        <h3 className="mb-1.5 text-xs text-faint">All that it permits on every object</h3>
        <p className="flex flex-wrap gap-1">
          {role.actions.map((action) => (
            <Chip key={action}>{action}</Chip>
          ))}
          {role.actions.length === 0 && <span className="text-xs text-muted">Nothing</span>}
        </p>
      </div>
      {!role.is_built_in && may('role.manage') && (
        <div className="flex gap-2">
          <Button size="small" onClick={() => setStep('edit')}>
            <Pencil size={13} aria-hidden /> Edit role
          </Button>
          <Button size="small" onClick={() => setStep('delete')}>
            <Trash2 size={13} aria-hidden /> Delete role
          </Button>
        </div>
      )}
      {step === 'edit' && <RoleDialog role={role} onClose={close} />}
      {step === 'delete' && (
        <ConfirmDialog
          title={`Delete the role ${role.name}?`}
          confirmLabel="Delete role"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          Only a role that nobody has can be deleted. This cannot be undone.
        </ConfirmDialog>
      )}
    </div>
  )
}

const Names = ({ names }: { names: readonly string[] }) => (
  <strong className="font-medium text-ink">{names.join(', ')}</strong>
)

const PermissionLine = ({ permission }: { permission: Permission }) => (
  <p className="flex flex-wrap items-center gap-1">
    {permission.actions.map((action) => (
      <Chip key={action}>{action}</Chip>
    ))}
    <span className="text-xs text-muted">
      {permission.resource === undefined
        ? 'on every object'
        : `only on ${objectWords(permission.resource)}`}
    </span>
  </p>
)
