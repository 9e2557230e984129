import { useState, type FormEvent } from 'react'
import { api, fieldErrors, messageOf } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { NewPasswordField } from '../sign-in/new-password-field.tsx'
import { SignInError } from '../sign-in/sign-in-error.tsx'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Panel } from '../ui/panel.tsx'
import { CadreError } from '@cadre/contract'

/** Changes one's own password. */
export const PasswordPanel = () => {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useAction(
    () => api.passwords.change({ current_password: current, new_password: next }),
    {
      done: 'Password changed; your other sessions have ended',
      touches: [['sessions']],
      saysFaultItself: true,
      onDone: () => {
        setCurrent('')
        setNext('')
      },
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  const nextFault = fieldErrors(change.error)['new_password']
  return (
    <Panel title="Password">
      <form onSubmit={submit} className="grid items-start gap-4 p-4 sm:grid-cols-2">
        <TextField
          label="Current password"
          error={change.isError && nextFault === undefined ? faultOf(change.error) : undefined}
          type="password"
          name="current-password"
          autoComplete="current-password"
          required
          maxLength={256}
          value={current}
          onChange={setCurrent}
        />
        <NewPasswordField value={next} onChange={setNext} error={nextFault} />
        <div className="sm:col-span-2">
          <Button type="submit" isBusy={change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  )
}

const faultOf = (error: unknown) => {
  if (!(error instanceof CadreError)) return messageOf(error)
  if (error.status === 401) return 'This is not your current password.'
  return <SignInError error={error} />
}
