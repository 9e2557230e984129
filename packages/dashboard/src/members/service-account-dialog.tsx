import type { ServiceAccount } from '@cadre/contract'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
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
  return (
    <FormDialog
      onClose={onClose}
      title={account === undefined ? 'New service account' : `Change ${account.name}`}
      description="A program with a role and keys of its own, that stays when people go."
      className="max-w-md"
      submitLabel={account === undefined ? 'Create' : 'Save'}
      sent={save}
      fields={['name', 'role']}
      onSubmit={() => save.mutate()}
    >
      <TextField
        label="Name"
        error={errors['name']}
        data-initial-focus
        maxLength={100}
        placeholder="deployment"
        value={name}
        onChange={setName}
      />
      <RoleField
        value={role}
        onChange={setRole}
        hint={account === undefined ? undefined : 'Holds at once, also for the keys that it has.'}
        error={errors['role']}
      />
    </FormDialog>
  )
}
