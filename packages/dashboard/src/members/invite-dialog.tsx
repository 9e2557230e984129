import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Select, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate()
  }
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
    <Dialog
      isOpen
      onClose={onClose}
      title="Invite somebody"
      description="You get a link to hand over. With it they choose a password and are in."
      dismissedBy="escape"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field label="E-mail address" error={errors['email']}>
          {(control) => (
            <TextInput
              {...control}
              data-initial-focus
              type="email"
              maxLength={254}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
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
        <FormError error={invite.error} fields={FIELDS} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={invite.isPending}>
            Invite
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
