import { useMutation } from '@tanstack/react-query'
import { useState, useSyncExternalStore, type FormEvent } from 'react'
import { Button } from '../ui/button.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { keyLinkError } from './key-link.ts'
import { signIn } from './session.ts'
import { SignInError } from './sign-in-error.tsx'

export const KeyForm = () => {
  const [key, setKey] = useState('')
  const linkError = useSyncExternalStore(keyLinkError.subscribe, keyLinkError.get)
  const exchange = useMutation({ mutationFn: signIn, onMutate: () => keyLinkError.set(null) })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (key.trim() !== '') exchange.mutate({ key: key.trim() })
  }

  return (
    <form onSubmit={submit}>
      <Field
        label="Key"
        error={exchange.isError ? <SignInError error={exchange.error} /> : (linkError ?? undefined)}
        hint={
          <>
            Cadre prints the administrator key in its terminal at the first start. Any key made
            later works too.
          </>
        }
      >
        {(control) => (
          <TextInput
            {...control}
            type="password"
            name="key"
            autoComplete="current-password"
            autoFocus
            required
            maxLength={200}
            placeholder="cadre_…"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            className="font-mono"
          />
        )}
      </Field>
      <Button type="submit" look="primary" isBusy={exchange.isPending} className="mt-4 w-full">
        Sign in
      </Button>
    </form>
  )
}
