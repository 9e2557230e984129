import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Field, Select, TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { LinkShown } from './link-shown.tsx'
import { RoleField } from './role-field.tsx'

const HOURS = { '1 day': 24, '3 days': 72, '7 days': 168, '30 days': 720 } as const
const FIELDS = ['email', 'role', 'expires_in_hours']

/** Invites somebody; the link is shown once. */
export const InviteDialog = ({ onClose }: { onClose: () => void }) => {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState('viewer')
  const [hours, setHours] = useState<number>(HOURS['3 days'])
  const invite = useAction(
    () => api.invitations.create({ email: email.trim(), role, expires_in_hours: hours }),
    { touches: [['invitations']], saysFaultItself: true },
  )
  const errors = fieldErrors(invite.error)
  if (invite.isSuccess)
    return (
      <LinkShown
        title={`Invitation for ${invite.data.invitation.email}`}
        link={invite.data.link}
        token={invite.data.token}
        page="invitation"
        expiresAt={invite.data.invitation.expires_at}
        onClose={onClose}
      />
    )
  return (
    <FormDialog
      onClose={onClose}
      title="Invite somebody"
      description="You get a link to hand over. With it they choose a password and are in."
      submitLabel="Invite"
      sent={invite}
      fields={FIELDS}
      onSubmit={() => invite.mutate()}
    >
      <TextField
        label="E-mail address"
        error={errors['email']}
        data-initial-focus
        type="email"
        maxLength={254}
        value={email}
        onChange={setEmail}
      />
      <RoleField value={role} onChange={setRole} error={errors['role']} />
      <Field label="Good for" error={errors['expires_in_hours']}>
        {(control) => (
          <Select
            {...control}
            value={hours}
            onChange={(event) => setHours(Number(event.target.value))}
          >
            {Object.entries(HOURS).map(([words, value]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}
