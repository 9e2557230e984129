import type { ReactNode } from 'react'
import { Field, Select } from '../ui/field.tsx'
import { useRoleNames } from './use-role-names.ts'

/** Choice of a role, in a form. */
export const RoleField = ({
  label = 'Role',
  hint,
  value,
  onChange,
  error,
}: {
  label?: string
  hint?: ReactNode
  value: string
  onChange: (role: string) => void
  error?: ReactNode
}) => {
  const names = useRoleNames()
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {(names.includes(value) ? names : [value, ...names]).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
