import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, fieldErrors, faultUnder } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { Field, Select, TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
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
  if (create.isSuccess) return <KeyShown made={create.data} onClose={onClose} />
  return (
    <FormDialog
      onClose={onClose}
      title="New key"
      submitLabel="Make key"
      sent={create}
      fields={FIELDS}
      onSubmit={() => create.mutate()}
    >
      <TextField
        label="Label"
        hint="What it is for"
        error={errors['label']}
        data-initial-focus
        maxLength={100}
        placeholder="nightly-build"
        value={label}
        onChange={setLabel}
      />
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
    </FormDialog>
  )
}
