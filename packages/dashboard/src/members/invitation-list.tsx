import type { Invitation } from '@cadre/contract'
import { MailPlus } from 'lucide-react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatMoment } from '../ui/format.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, type Tone } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'

const STATUS_WORDS: Record<Invitation['status'], { label: string; tone: Tone }> = {
  pending: { label: 'Pending', tone: 'accent' },
  accepted: { label: 'Accepted', tone: 'good' },
  revoked: { label: 'Taken back', tone: 'neutral' },
  expired: { label: 'Expired', tone: 'warn' },
}

/** Whom somebody invited, the newest first. */
export const InvitationList = () => {
  const invitations = usePages(['invitations'], (cursor) =>
    api.invitations.list({ limit: 50, cursor }),
  )
  return (
    <ListFrame
      label="invitations"
      list={invitations}
      items={invitations.items}
      empty={
        <EmptyState icon={MailPlus} title="Nobody is invited">
          Whoever gets the link of an invitation chooses a password and is in.
        </EmptyState>
      }
    >
      {(invitation) => <InvitationRow key={invitation.id} invitation={invitation} />}
    </ListFrame>
  )
}

const InvitationRow = ({ invitation }: { invitation: Invitation }) => {
  const { label, tone } = STATUS_WORDS[invitation.status]
  const revoke = useAction(() => api.invitations.revoke(invitation.id), {
    done: 'Invitation taken back',
    touches: [['invitations']],
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{invitation.email}</span>
          <Badge tone={tone}>{label}</Badge>
        </h2>
        <p className="mt-0.5 truncate text-xs text-muted">
          by {invitation.created_by_name} <Ago at={invitation.created_at} />
          {invitation.status === 'pending' && ` · until ${formatMoment(invitation.expires_at)}`}
        </p>
      </div>
      <p className="w-32 truncate text-sm max-sm:flex-1">{invitation.role}</p>
      <div className="flex w-24 justify-end">
        {invitation.status === 'pending' && (
          <Button
            size="small"
            isBusy={revoke.isPending}
            onClick={() => revoke.mutate()}
            aria-label={`Take back the invitation of ${invitation.email}`}
          >
            Take back
          </Button>
        )}
      </div>
    </li>
  )
}
