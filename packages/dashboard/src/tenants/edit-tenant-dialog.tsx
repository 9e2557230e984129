import type { Tenant } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { FormError } from '../ui/notice.tsx'
import { TenantFields, weightOf } from './tenant-fields.tsx'

export const EditTenantDialog = ({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) => {
  const [displayName, setDisplayName] = useState(tenant.display_name)
  const [weight, setWeight] = useState(String(tenant.weight))
  const save = useAction(
    () =>
      api.tenants.change(tenant.id, {
        display_name: displayName.trim(),
        weight: weightOf(weight),
      }),
    {
      done: `${tenant.name} saved`,
      touches: [['tenants']],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Edit ${tenant.name}`}
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <TenantFields
          displayName={displayName}
          weight={weight}
          onDisplayName={setDisplayName}
          onWeight={setWeight}
          errors={fieldErrors(save.error)}
        />
        <FormError error={save.error} fields={['display_name', 'weight']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
