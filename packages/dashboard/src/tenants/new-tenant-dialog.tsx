import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { TenantFields, weightOf } from './tenant-fields.tsx'

const FIELDS = ['name', 'display_name', 'weight', 'admin']

/** Makes a tenant with its first administrator, whose key is shown once. */
export const NewTenantDialog = ({ onClose }: { onClose: () => void }) => {
  const [name, setName] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [weight, setWeight] = useState('')
  const [admin, setAdmin] = useState('first-administrator')
  const create = useAction(
    () =>
      api.tenants.create({
        name: name.trim(),
        ...(displayName.trim() && { display_name: displayName.trim() }),
        ...(weightOf(weight) !== undefined && { weight: weightOf(weight) }),
        admin: { name: admin.trim() },
      }),
    { touches: [['tenants']], saysFaultItself: true },
  )
  const errors = fieldErrors(create.error)
  if (create.isSuccess)
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={`${create.data.tenant.name} is there`}
        description={`The key of ${create.data.admin.name}, its first administrator, who invites everybody else:`}
        dismissedBy="nothing"
      >
        <ShownOnce value={create.data.admin.key} />
        <div className="mt-5 flex justify-end">
          <Button look="primary" data-initial-focus onClick={onClose}>
            I have kept it
          </Button>
        </div>
      </Dialog>
    )
  return (
    <FormDialog
      onClose={onClose}
      title="New tenant"
      description="Apart from all others: its own members, agents, work and audit log."
      className="max-w-md"
      submitLabel="Create tenant"
      sent={create}
      fields={FIELDS}
      onSubmit={() => create.mutate()}
    >
      <TextField
        label="Name"
        hint="Lower-case letters, digits and hyphens. It never changes."
        error={errors['name']}
        data-initial-focus
        maxLength={63}
        placeholder="acme"
        value={name}
        onChange={setName}
      />
      <TenantFields
        displayName={displayName}
        weight={weight}
        onDisplayName={setDisplayName}
        onWeight={setWeight}
        errors={errors}
      />
      <TextField
        label="Its first administrator"
        hint="A service account, whose key you get"
        error={errors['admin.name']}
        maxLength={100}
        value={admin}
        onChange={setAdmin}
      />
    </FormDialog>
  )
}
