import { useMutation } from '@tanstack/react-query'
import { useState, useSyncExternalStore, type FormEvent } from 'react'
import { messageOf } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { Logo } from '../ui/logo.tsx'
import { keyLinkError } from './key-link.ts'
import { signIn } from './session.ts'

export const SignInPage = () => {
  const [key, setKey] = useState('')
  const linkError = useSyncExternalStore(keyLinkError.subscribe, keyLinkError.get)
  const exchange = useMutation({ mutationFn: signIn, onMutate: () => keyLinkError.set(null) })
  const error = exchange.isError ? messageOf(exchange.error) : (linkError ?? undefined)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (key.trim() !== '') exchange.mutate(key.trim())
  }

  return (
    <main className="grid min-h-dvh place-items-center px-5 py-12">
      <title>Sign in · Cadre</title>
      <div className="w-full max-w-88">
        <div className="mb-8 flex flex-col items-center gap-4 text-center">
          <Logo size={40} />
          <div>
            <h1 className="text-xl font-semibold tracking-tight">Sign in to Cadre</h1>
            <p className="mt-1 text-sm text-muted">The control plane for your agents</p>
          </div>
        </div>
        <form
          onSubmit={submit}
          className="rounded-xl border border-line bg-surface p-5 shadow-card"
        >
          <Field
            label="Key"
            error={error}
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
        <p className="mt-5 text-center text-xs text-faint">
          Lost it? Set <code className="font-mono">CADRE_ADMIN_KEY</code> and restart Cadre.
        </p>
      </div>
    </main>
  )
}
