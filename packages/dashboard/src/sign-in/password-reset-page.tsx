import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { FormError } from '../ui/notice.tsx'
import { CredentialCard } from './credential-card.tsx'
import { DeadLink, ToSignIn } from './link-ends.tsx'
import { useLinkToken } from './link-token.ts'
import { NewPasswordField } from './new-password-field.tsx'

/** Where the link leads that an administrator made for who forgot the password. */
export const PasswordResetPage = () => {
  const token = useLinkToken()
  const [password, setPassword] = useState('')
  const reset = useMutation({
    mutationFn: () => api.passwords.reset({ token, new_password: password }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    reset.mutate()
  }
  if (token === '') return <DeadLink noun="password" />
  if (reset.isSuccess)
    return <ToSignIn title="Your password is set" note="Sign in with it from now on." />
  return (
    <CredentialCard
      title="Choose a new password"
      note="All your sessions end, on every device. Keys stay."
    >
      <form onSubmit={submit} className="grid gap-4">
        <NewPasswordField
          isFirst
          value={password}
          onChange={setPassword}
          error={fieldErrors(reset.error)['new_password']}
        />
        <FormError error={reset.error} fields={['new_password']} />
        <Button type="submit" look="primary" isBusy={reset.isPending}>
          Set the password
        </Button>
      </form>
    </CredentialCard>
  )
}
