import { CadreError } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Button } from '../ui/button.tsx'
import { Field, Select, TextField, TextInput } from '../ui/field.tsx'
import { signIn } from './session.ts'
import { SignInError } from './sign-in-error.tsx'

interface TenantChoice {
  id: string
  name: string
}

/** E-mail address and password; who is a member of several tenants then chooses one. */
export const PasswordForm = () => {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [tenants, setTenants] = useState<readonly TenantChoice[]>([])
  const [tenant, setTenant] = useState('')
  const exchange = useMutation({
    mutationFn: signIn,
    onError: (error) => {
      const offered = tenantsOf(error)
      setTenants(offered)
      setTenant(offered[0]?.id ?? '')
    },
  })
  const isChoosing = tenants.length > 0
  const restart = () => {
    setTenants([])
    exchange.reset()
  }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (email.trim() === '' || password === '') return
    exchange.mutate({ email: email.trim(), password, ...(isChoosing ? { tenant } : {}) })
  }

  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        autoFocus
        required
        maxLength={254}
        value={email}
        onChange={(text) => {
          setEmail(text)
          restart()
        }}
      />
      <Field
        label="Password"
        error={exchange.isError && !isChoosing ? <SignInError error={exchange.error} /> : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            type="password"
            name="password"
            autoComplete="current-password"
            required
            maxLength={256}
            value={password}
            onChange={(event) => {
              setPassword(event.target.value)
              restart()
            }}
          />
        )}
      </Field>
      {isChoosing && (
        <Field label="Tenant" hint="You are a member of several. Which one?">
          {(control) => (
            <Select
              {...control}
              autoFocus
              value={tenant}
              onChange={(event) => setTenant(event.target.value)}
            >
              {tenants.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Button type="submit" look="primary" isBusy={exchange.isPending}>
        Sign in
      </Button>
    </form>
  )
}

/** The server names each as `name (id)`. */
const tenantsOf = (error: unknown): TenantChoice[] =>
  error instanceof CadreError && error.code === 'session.tenant_needed'
    ? error.details.flatMap(({ message }) => {
        const [, name, id] = /^(.*) \(([^()]+)\)$/.exec(message) ?? []
        return name !== undefined && id !== undefined ? [{ id, name }] : []
      })
    : []
