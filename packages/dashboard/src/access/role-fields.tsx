import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { faultUnder } from '../api/client.ts'
import { rolesQuery } from '../members/use-role-names.ts'
import { IconButton } from '../ui/button.tsx'
import { PatternsField } from '../ui/patterns-field.tsx'
import { ObjectFields, type ObjectDraft } from './object-fields.tsx'
import { useActions } from './use-actions.ts'

/** One permission of a role while it is being written. */
export interface PermissionDraft {
  key: number
  actions: string
  object: ObjectDraft
}

/** The roles that a role inherits from. */
export const Inherits = ({
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

/** What is permitted, and on what. */
export const PermissionFields = ({
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
