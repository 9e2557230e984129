import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors, faultUnder } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Select, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { PatternsField, patternsOf } from '../ui/patterns-field.tsx'
import { expiryOf, EXPIRIES } from './key-expiry.ts'
import { KeyShown } from './key-shown.tsx'

const FIELDS = ['label', 'scopes', 'expires_at']

/** Makes a key and shows it once. */
export const NewKeyDialog = ({
  ownerId,
  onClose,
}: {
  ownerId: string | null
  onClose: () => void
}) => {
  const session = useQuery(sessionQuery)
  const [label, setLabel] = useState('')
  const [scopes, setScopes] = useState('')
  const [expiry, setExpiry] = useState<keyof typeof EXPIRIES>('90 days')
  const create = useAction(
    () => {
      const expiresAt = expiryOf(expiry, Date.now())
      return api.keys.create({
        label: label.trim(),
        ...(ownerId === null ? {} : { service_account_id: ownerId }),
        ...(patternsOf(scopes).length === 0 ? {} : { scopes: patternsOf(scopes) }),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      })
    },
    { touches: [['keys']], saysFaultItself: true },
  )
  const errors = fieldErrors(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  if (create.isSuccess) return <KeyShown made={create.data} onClose={onClose} />
  return (
    <Dialog isOpen onClose={onClose} title="New key" dismissedBy="escape">
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field label="Label" hint="What it is for" error={errors['label']}>
          {(control) => (
            <TextInput
              {...control}
              data-initial-focus
              maxLength={100}
              placeholder="nightly-build"
              value={label}
              onChange={(event) => setLabel(event.target.value)}
            />
          )}
        </Field>
        <PatternsField
          label="Scopes"
          isOptional
          hint="Such as task.* or agent.read, separated by spaces. Empty: as wide as what you are signed in with."
          actions={session.data?.actions ?? []}
          value={scopes}
          onChange={setScopes}
          error={faultUnder(create.error, 'scopes')}
        />
        <Field label="Good for" error={errors['expires_at']}>
          {(control) => (
            <Select
              {...control}
              value={expiry}
              onChange={(event) => setExpiry(event.target.value as keyof typeof EXPIRIES)}
            >
              {Object.keys(EXPIRIES).map((words) => (
                <option key={words} value={words}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <FormError error={create.error} fields={FIELDS} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={create.isPending}>
            Make key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
