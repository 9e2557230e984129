import type { Permission, Role } from '@cadre/contract'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { api, faultUnder, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { rolesQuery } from '../members/use-role-names.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { patternsOf } from '../ui/patterns-field.tsx'
import { NO_OBJECT, objectOf } from './object-fields.tsx'
import { Inherits, PermissionFields, type PermissionDraft } from './role-fields.tsx'

const FIELDS = ['name', 'description', 'inherits', 'permissions']
const draftOf = (permission: Permission, key: number): PermissionDraft => ({
  key,
  actions: permission.actions.join(' '),
  object: permission.resource ?? NO_OBJECT,
})
const EMPTY: PermissionDraft = { key: 0, actions: '', object: NO_OBJECT }

/** Makes a role of the tenant's own, or changes one. */
export const RoleDialog = ({ role, onClose }: { role?: Role; onClose: () => void }) => {
  const [name, setName] = useState(role?.name ?? '')
  const [description, setDescription] = useState(role?.description ?? '')
  const [inherits, setInherits] = useState<readonly string[]>(role?.inherits ?? [])
  const [permissions, setPermissions] = useState<readonly PermissionDraft[]>(
    () => role?.permissions.map(draftOf) ?? [EMPTY],
  )
  const save = useAction(
    () => {
      const body = {
        description: description.trim(),
        inherits: [...inherits],
        permissions: permissions
          .filter(({ actions }) => patternsOf(actions).length > 0)
          .map(({ actions, object }) => {
            const resource = objectOf(object)
            return { actions: patternsOf(actions), ...(resource && { resource }) }
          }),
      }
      return role === undefined
        ? api.roles.create({ name: name.trim(), ...body })
        : api.roles.replace(role.name, body)
    },
    {
      done: `${name.trim()} saved`,
      touches: [rolesQuery.queryKey],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const errors = fieldErrors(save.error)
  const change = (key: number, part: Partial<PermissionDraft>) =>
    setPermissions((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)))
  return (
    <FormDialog
      onClose={onClose}
      title={role === undefined ? 'New role' : `Edit ${role.name}`}
      className="max-w-2xl"
      submitLabel={role === undefined ? 'Create role' : 'Save role'}
      sent={save}
      fields={FIELDS}
      onSubmit={() => save.mutate()}
    >
      {role === undefined && (
        <TextField
          label="Name"
          hint="Lower-case letters, digits and hyphens"
          error={errors['name']}
          data-initial-focus
          maxLength={50}
          placeholder="release-manager"
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label="Description"
        isOptional
        error={errors['description']}
        maxLength={500}
        value={description}
        onChange={setDescription}
      />
      <Inherits
        except={role?.name}
        value={inherits}
        onChange={setInherits}
        error={faultUnder(save.error, 'inherits')}
      />
      {permissions.map((permission, index) => (
        <PermissionFields
          key={permission.key}
          number={index + 1}
          value={permission}
          error={save.error}
          onChange={(part) => change(permission.key, part)}
          onRemove={() => setPermissions((all) => all.filter(({ key }) => key !== permission.key))}
        />
      ))}
      <div>
        <Button
          size="small"
          onClick={() =>
            setPermissions((all) => [
              ...all,
              { ...EMPTY, key: Math.max(0, ...all.map(({ key }) => key)) + 1 },
            ])
          }
        >
          <Plus size={13} aria-hidden /> Add a permission
        </Button>
      </div>
    </FormDialog>
  )
}
