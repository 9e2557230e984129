import { Field, Select } from '../ui/field.tsx'
import { useVersionNames } from './use-workflows.ts'

/** Which version of a workflow is started: the latest at each start, or one for good. */
export const VersionField = ({
  workflow,
  value,
  onChange,
}: {
  /** Its name. */
  workflow: string
  value: string | null
  onChange: (version: string | null) => void
}) => {
  const names = useVersionNames(workflow)
  const shown = value === null || names.includes(value) ? names : [value, ...names]
  return (
    <Field label="Version">
      {(control) => (
        <Select
          {...control}
          value={value ?? ''}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        >
          <option value="">The latest at each start</option>
          {shown.map((name) => (
            <option key={name} value={name}>
              {name}, always
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
