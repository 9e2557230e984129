import type { Tenant } from '@cadre/contract'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { TenantFields, weightOf } from './tenant-fields.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'

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
  return (
    <FormDialog
      onClose={onClose}
      title={`Edit ${tenant.name}`}
      className="max-w-md"
      submitLabel="Save"
      sent={save}
      fields={['display_name', 'weight']}
      onSubmit={() => save.mutate()}
    >
      <TenantFields
        displayName={displayName}
        weight={weight}
        onDisplayName={setDisplayName}
        onWeight={setWeight}
        errors={fieldErrors(save.error)}
      />
    </FormDialog>
  )
}
