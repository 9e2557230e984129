import type { Permission, Role } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, faultUnder, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { rolesQuery } from '../members/use-role-names.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { PatternsField, patternsOf } from '../ui/patterns-field.tsx'
import { NO_OBJECT, ObjectFields, objectOf, type ObjectDraft } from './object-fields.tsx'
import { useActions } from './use-actions.ts'

interface PermissionDraft {
  key: number
  actions: string
  object: ObjectDraft
}

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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={role === undefined ? 'New role' : `Edit ${role.name}`}
      dismissedBy="escape"
      className="max-w-2xl"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        {role === undefined && (
          <Field label="Name" hint="Lower-case letters, digits and hyphens" error={errors['name']}>
            {(control) => (
              <TextInput
                {...control}
                data-initial-focus
                maxLength={50}
                placeholder="release-manager"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label="Description" isOptional error={errors['description']}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={500}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
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
            onRemove={() =>
              setPermissions((all) => all.filter(({ key }) => key !== permission.key))
            }
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
        <FormError error={save.error} fields={FIELDS} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={save.isPending}>
            {role === undefined ? 'Create role' : 'Save role'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const Inherits = ({
  except,
  value,
  onChange,
  error,
}: {
  except: string | undefined
  value: readonly string[]
  onChange: (names: readonly string[]) => void
  error: string | undefined
}) => {
  const roles = useQuery(rolesQuery)
  const toggle = (name: string) =>
    onChange(value.includes(name) ? value.filter((other) => other !== name) : [...value, name])
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">
        Has all that these roles permit{' '}
        <span className="text-xs font-normal text-faint">optional</span>
      </legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {roles.data
          ?.filter(({ name }) => name !== except)
          .map(({ name }) => (
            <label key={name} className="flex items-center gap-2 text-sm">
              <input
                type="checkbox"
                checked={value.includes(name)}
                onChange={() => toggle(name)}
                className="size-4"
              />
              {name}
            </label>
          ))}
      </div>
      {error !== undefined && <p className="mt-1.5 text-xs text-bad">{error}</p>}
    </fieldset>
  )
}

const PermissionFields = ({
  number,
  value,
  error,
  onChange,
  onRemove,
}: {
  number: number
  value: PermissionDraft
  error: unknown
  onChange: (part: Partial<PermissionDraft>) => void
  onRemove: () => void
}) => {
  const actions = useActions()
  const place = `permissions[${number - 1}]`
  return (
    <fieldset className="relative grid gap-3 rounded-lg border border-line p-3">
      <legend className="sr-only">Permission {number}</legend>
      <IconButton
        label={`Remove permission ${number}`}
        size="small"
        onClick={onRemove}
        className="absolute top-1.5 right-1.5"
      >
        <X size={14} aria-hidden />
      </IconButton>
      <PatternsField
        label="Actions"
        hint="Such as task.* or run.approve, separated by spaces"
        actions={actions}
        value={value.actions}
        onChange={(text) => onChange({ actions: text })}
        error={faultUnder(error, `${place}.actions`)}
      />
      <ObjectFields
        value={value.object}
        onChange={(object) => onChange({ object })}
        noneLabel="Every object"
        errors={{
          type: faultUnder(error, `${place}.resource.type`),
          id: faultUnder(error, `${place}.resource.id`),
        }}
      />
    </fieldset>
  )
}
