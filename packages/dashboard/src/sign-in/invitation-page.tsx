import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { CredentialCard } from './credential-card.tsx'
import { useLinkToken } from './link-token.ts'
import { NewPasswordField, PASSWORD_LENGTH_MIN } from './new-password-field.tsx'
import { DeadLink, ToSignIn } from './link-ends.tsx'

/** Where the link of an invitation leads. */
export const InvitationPage = () => {
  const token = useLinkToken()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const accept = useMutation({
    mutationFn: () =>
      api.invitations.accept({ token, password, ...(name.trim() && { name: name.trim() }) }),
  })
  const errors = fieldErrors(accept.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    accept.mutate()
  }
  if (token === '') return <DeadLink noun="invitation" />
  if (accept.isSuccess)
    return (
      <ToSignIn
        title="You are in"
        note={`${accept.data.member.email ?? ''} is a member of ${accept.data.tenant} now.`}
      />
    )
  return (
    <CredentialCard
      title="Join Cadre"
      note="You are invited. Choose how you are called, and a password."
      below="You have an account with this address already? Then give its password."
    >
      <form onSubmit={submit} className="grid gap-4">
        <TextField
          label="Name"
          isOptional
          error={errors['name']}
          autoComplete="name"
          autoFocus
          maxLength={100}
          value={name}
          onChange={setName}
        />
        <NewPasswordField
          label="Password"
          hint={`A new one of at least ${PASSWORD_LENGTH_MIN} characters, or that of your account.`}
          value={password}
          onChange={setPassword}
          error={errors['password']}
        />
        <FormError error={accept.error} fields={['name', 'password']} />
        <Button type="submit" look="primary" isBusy={accept.isPending}>
          Accept the invitation
        </Button>
      </form>
    </CredentialCard>
  )
}
