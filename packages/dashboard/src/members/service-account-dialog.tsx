import type { ServiceAccount } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { RoleField } from './role-field.tsx'

/** Makes a service account, or changes the given one. */
export const ServiceAccountDialog = ({
  account,
  onClose,
}: {
  account?: ServiceAccount
  onClose: () => void
}) => {
  const [name, setName] = useState(account?.name ?? '')
  const [role, setRole] = useState(account?.role ?? 'developer')
  const wish = { name: name.trim(), role }
  const save = useAction(
    () =>
      account === undefined
        ? api.serviceAccounts.create(wish)
        : api.serviceAccounts.change(account.id, wish),
    {
      done:
        account === undefined ? `${wish.name} created; give it a key` : `${wish.name} is changed`,
      touches: [['service-accounts'], ['session']],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const errors = fieldErrors(save.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={account === undefined ? 'New service account' : `Change ${account.name}`}
      description="A program with a role and keys of its own, that stays when people go."
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field label="Name" error={errors['name']}>
          {(control) => (
            <TextInput
              {...control}
              data-initial-focus
              maxLength={100}
              placeholder="deployment"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <RoleField
          value={role}
          onChange={setRole}
          hint={account === undefined ? undefined : 'Holds at once, also for the keys that it has.'}
          error={errors['role']}
        />
        <FormError error={save.error} fields={['name', 'role']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={save.isPending}>
            {account === undefined ? 'Create' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
