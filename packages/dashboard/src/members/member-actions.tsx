import type { Member } from '@cadre/contract'
import { KeyRound, Trash2, UserCog, UserX } from 'lucide-react'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { useAction } from '../api/use-action.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { DisabledItem } from './disabled-item.tsx'
import { LinkShown } from './link-shown.tsx'
import { RoleField } from './role-field.tsx'
import { DisableUserDialog, EnableUserItem } from './user-actions.tsx'

type Step = 'role' | 'disable' | 'disable-user' | 'reset' | 'remove' | null

/** What who manages members can do with one. */
export const MemberActions = ({ member }: { member: Member }) => {
  const [step, setStep] = useState<Step>(null)
  const close = () => setStep(null)
  const enable = useAction(() => api.members.change(member.id, { is_disabled: false }), {
    done: `${member.name} may sign in again`,
    touches: [['members']],
  })
  return (
    <>
      <MoreMenu label={`More about ${member.name}`}>
        <MenuItem onSelect={() => setStep('role')}>
          <UserCog size={14} aria-hidden /> Change role
        </MenuItem>
        {member.email !== null && (
          <MenuItem onSelect={() => setStep('reset')}>
            <KeyRound size={14} aria-hidden /> Reset password
          </MenuItem>
        )}
        <DisabledItem
          isDisabled={member.is_disabled}
          onEnable={() => enable.mutate()}
          onDisable={() => setStep('disable')}
        />
        {member.user_id !== null &&
          (member.is_disabled_everywhere ? (
            <EnableUserItem member={member} userId={member.user_id} />
          ) : (
            <MenuItem onSelect={() => setStep('disable-user')}>
              <UserX size={14} aria-hidden /> Disable everywhere
            </MenuItem>
          ))}
        <MenuItem onSelect={() => setStep('remove')}>
          <Trash2 size={14} aria-hidden /> Remove
        </MenuItem>
      </MoreMenu>
      {step === 'role' && <RoleDialog member={member} onClose={close} />}
      {step === 'reset' && <ResetDialog member={member} onClose={close} />}
      {step === 'disable' && <DisableDialog member={member} onClose={close} />}
      {step === 'disable-user' && member.user_id !== null && (
        <DisableUserDialog member={member} userId={member.user_id} onClose={close} />
      )}
      {step === 'remove' && <RemoveDialog member={member} onClose={close} />}
    </>
  )
}

interface StepProps {
  member: Member
  onClose: () => void
}

const RoleDialog = ({ member, onClose }: StepProps) => {
  const [role, setRole] = useState(member.role)
  const change = useAction(() => api.members.change(member.id, { role }), {
    done: `${member.name} is ${role} now`,
    touches: [['members'], ['session']],
    onDone: onClose,
    saysFaultItself: true,
  })
  return (
    <FormDialog
      onClose={onClose}
      title={`Role of ${member.name}`}
      className="max-w-md"
      dismissedBy="anything"
      submitLabel="Change role"
      isDisabled={role === member.role}
      sent={change}
      fields={['role']}
      onSubmit={() => change.mutate()}
    >
      <RoleField
        value={role}
        onChange={setRole}
        hint="Holds at once, also for keys and sessions that there are."
        error={fieldErrors(change.error)['role']}
      />
    </FormDialog>
  )
}

const ResetDialog = ({ member, onClose }: StepProps) => {
  const reset = useAction(() => api.members.resetPassword(member.id), { touches: [['members']] })
  if (reset.isSuccess)
    return (
      <LinkShown
        title={`New password for ${member.name}`}
        link={reset.data.link}
        token={reset.data.token}
        page="password-reset"
        expiresAt={reset.data.expires_at}
        onClose={onClose}
      />
    )
  return (
    <ConfirmDialog
      title={`Reset the password of ${member.name}?`}
      confirmLabel="Make the link"
      dismissLabel="Leave it"
      isBusy={reset.isPending}
      onConfirm={() => reset.mutate()}
      onClose={onClose}
    >
      You get a link by which {member.name} chooses a new password. Hand it over yourself: Cadre
      sends no mail. Until it is used, the present password stays good.
    </ConfirmDialog>
  )
}

const DisableDialog = ({ member, onClose }: StepProps) => (
  <ConfirmedAction
    title={`Disable ${member.name}?`}
    confirmLabel="Disable"
    act={() => api.members.change(member.id, { is_disabled: true })}
    done={`${member.name} is disabled`}
    touches={[['members']]}
    onClose={onClose}
  >
    Sessions and tokens end at once, and keys are refused until {member.name} is enabled again.
  </ConfirmedAction>
)

const RemoveDialog = ({ member, onClose }: StepProps) => (
  <ConfirmedAction
    title={`Remove ${member.name}?`}
    confirmLabel="Remove"
    act={() => api.members.remove(member.id)}
    done={`${member.name} is no member any more`}
    touches={[['members']]}
    onClose={onClose}
  >
    Keys and sessions in this tenant go as well. What {member.name} did stays on record. This cannot
    be undone; an invitation brings somebody back.
  </ConfirmedAction>
)
