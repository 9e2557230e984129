import type { Member } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Users } from 'lucide-react'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { Badge } from '../ui/badge.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { MemberActions } from './member-actions.tsx'

/** People with an account in the tenant, the newest first. */
export const MemberList = () => {
  const members = usePages(['members'], (cursor) => api.members.list({ limit: 50, cursor }))
  return (
    <ListFrame
      label="members"
      list={members}
      items={members.items}
      empty={<EmptyState icon={Users} title="Nobody is here" />}
    >
      {(member) => <MemberRow key={member.id} member={member} />}
    </ListFrame>
  )
}

const MemberRow = ({ member }: { member: Member }) => {
  const may = useMay()
  const isMe = useQuery(sessionQuery).data?.principal_id === member.id
  return (
    <li
      data-row
      tabIndex={-1}
      aria-label={member.name}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 -outline-offset-2"
    >
      <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">{member.name}</span>
          {isMe && <Badge>You</Badge>}
          {member.is_disabled && <Badge tone="warn">Disabled</Badge>}
          {member.is_disabled_everywhere && <Badge tone="warn">Disabled everywhere</Badge>}
        </h2>
        <p className="mt-0.5 truncate text-xs text-muted">
          {member.email ?? 'signs in with a key'}
        </p>
      </div>
      <p className="w-32 truncate text-sm max-sm:w-auto">{member.role}</p>
      <p className="w-36 text-xs text-muted max-sm:flex-1">
        {member.last_sign_in_at === null ? (
          member.email !== null && 'never signed in'
        ) : (
          <>
            seen <Ago at={member.last_sign_in_at} />
          </>
        )}
      </p>
      {may('member.manage') && <MemberActions member={member} />}
    </li>
  )
}
