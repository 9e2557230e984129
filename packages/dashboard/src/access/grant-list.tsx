import type { Grant } from '@cadre/contract'
import { KeySquare, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge, Chip } from '../ui/badge.tsx'
import { IconButton } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { formatMoment } from '../ui/format.ts'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { objectWords } from './object-words.ts'

/** Rights on single objects, and for a while. */
export const GrantList = () => {
  const grants = usePages(['grants'], (cursor) => api.grants.list({ limit: 50, cursor }))
  return (
    <ListFrame
      label="grants"
      list={grants}
      items={grants.items}
      skeleton={<SkeletonRows className="h-19" />}
      empty={
        <EmptyState icon={KeySquare} title="No grants">
          A grant lets somebody, or all who have a role, do something to one object; for a while, or
          until it is withdrawn.
        </EmptyState>
      }
    >
      {(grant) => <GrantRow key={grant.id} grant={grant} />}
    </ListFrame>
  )
}

const GrantRow = ({ grant }: { grant: Grant }) => {
  const may = useMay()
  const [isRemoving, setRemoving] = useState(false)
  const subject =
    grant.role === null
      ? (grant.principal_name ?? grant.principal_id ?? 'somebody who is gone')
      : `all who are ${grant.role}`
  const remove = useAction(() => api.grants.remove(grant.id), {
    done: 'Grant withdrawn',
    touches: [['grants']],
    onDone: () => setRemoving(false),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{subject}</span>
          <Until grant={grant} />
        </h2>
        <p className="mt-1 flex min-w-0 flex-wrap items-center gap-1">
          {grant.actions.map((action) => (
            <Chip key={action}>{action}</Chip>
          ))}
          <span className="min-w-0 truncate text-xs text-muted">
            on {objectWords(grant.resource)}
          </span>
        </p>
        <p className="mt-1 text-xs wrap-anywhere text-muted">
          “{grant.reason}” · {grant.created_by_name} <Ago at={grant.created_at} />
        </p>
      </div>
      {may('grant.manage') && (
        <IconButton label={`Withdraw the grant of ${subject}`} onClick={() => setRemoving(true)}>
          <Trash2 size={15} aria-hidden />
        </IconButton>
      )}
      {isRemoving && (
        <ConfirmDialog
          title="Withdraw this grant?"
          confirmLabel="Withdraw"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          What {subject} may do by it is refused at once, unless something else permits it.
        </ConfirmDialog>
      )}
    </li>
  )
}

const Until = ({ grant }: { grant: Grant }) => {
  if (grant.is_expired) return <Badge>Over</Badge>
  if (grant.expires_at === null) return null
  return <Badge tone="accent">until {formatMoment(grant.expires_at)}</Badge>
}
