import type { Member } from '@cadre/contract'
import { UserCheck } from 'lucide-react'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { useAction } from '../api/use-action.ts'
import { MenuItem } from '../ui/menu.tsx'

interface Props {
  member: Member
  /** The person that the member is, in all tenants. */
  userId: string
}

export const EnableUserItem = ({ member, userId }: Props) => {
  const enable = useAction(() => api.users.change(userId, { is_disabled: false }), {
    done: `${member.name} may sign in again everywhere`,
    touches: [['members']],
  })
  return (
    <MenuItem onSelect={() => enable.mutate()}>
      <UserCheck size={14} aria-hidden /> Enable everywhere
    </MenuItem>
  )
}

export const DisableUserDialog = ({ member, userId, onClose }: Props & { onClose: () => void }) => (
  <ConfirmedAction
    title={`Disable ${member.name} everywhere?`}
    confirmLabel="Disable everywhere"
    act={() => api.users.change(userId, { is_disabled: true })}
    done={`${member.name} is disabled everywhere`}
    touches={[['members']]}
    onClose={onClose}
  >
    In all tenants, sessions and tokens end at once, and keys are refused until {member.name} is
    enabled again. Only the operator can do this to a member of several tenants.
  </ConfirmedAction>
)
