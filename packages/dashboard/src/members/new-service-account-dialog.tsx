import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { RoleField } from './role-field.tsx'

export const NewServiceAccountDialog = ({ onClose }: { onClose: () => void }) => {
  const [name, setName] = useState('')
  const [role, setRole] = useState('developer')
  const create = useAction(() => api.serviceAccounts.create({ name: name.trim(), role }), {
    done: `${name.trim()} created; give it a key`,
    touches: [['service-accounts']],
    onDone: onClose,
    saysFaultItself: true,
  })
  const errors = fieldErrors(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New service account"
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
        <RoleField value={role} onChange={setRole} error={errors['role']} />
        <FormError error={create.error} fields={['name', 'role']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={create.isPending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
