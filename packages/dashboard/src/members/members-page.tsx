import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Segments } from '../ui/segments.tsx'
import { InvitationList } from './invitation-list.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberList } from './member-list.tsx'
import type { MembersTab } from './members-search.ts'
import { ServiceAccountDialog } from './service-account-dialog.tsx'
import { ServiceAccountList } from './service-account-list.tsx'

const TAB_LABELS: Record<MembersTab, string> = {
  members: 'People',
  invitations: 'Invitations',
  'service-accounts': 'Service accounts',
}

/** Who belongs to the tenant: people, those who are invited, and programs. */
export const MembersPage = () => {
  const { tab = 'members' } = useSearch({ from: '/members' })
  const navigate = useNavigate()
  const may = useMay()
  const [isAdding, setAdding] = useState(false)
  const close = () => setAdding(false)
  const isOfPrograms = tab === 'service-accounts'
  // Only who manages members sees whom somebody invited.
  const tabs = (['members', 'invitations', 'service-accounts'] as const).filter(
    (each) => each !== 'invitations' || may('member.manage'),
  )
  return (
    <>
      <PageHeader
        title="Members"
        note="Who belongs to this tenant, and as what"
        actions={
          may('member.manage') && (
            <Button look="primary" onClick={() => setAdding(true)}>
              {isOfPrograms ? <Plus size={14} aria-hidden /> : <UserPlus size={14} aria-hidden />}
              {isOfPrograms ? 'New service account' : 'Invite'}
            </Button>
          )
        }
      />
      <Segments
        label="Part of the members"
        value={tab}
        onChange={(next) =>
          void navigate({
            to: '/members',
            search: next === 'members' ? {} : { tab: next },
            replace: true,
          })
        }
        className="mb-3"
        segments={tabs.map((value) => ({ value, label: TAB_LABELS[value] }))}
      />
      {tab === 'members' && <MemberList />}
      {tab === 'invitations' && <InvitationList />}
      {isOfPrograms && <ServiceAccountList />}
      {isAdding && isOfPrograms && <ServiceAccountDialog onClose={close} />}
      {isAdding && !isOfPrograms && <InviteDialog onClose={close} />}
    </>
  )
}
