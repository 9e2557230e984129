import type { TaskPriority } from '@cadre/contract'
import { Field, Select } from '../ui/field.tsx'
import { PRIORITIES, PRIORITY_WORDS } from './task-words.ts'

/** How urgent a task is, in a form. */
export const PriorityField = ({
  value,
  onChange,
  error,
}: {
  value: TaskPriority
  onChange: (priority: TaskPriority) => void
  error: string | undefined
}) => (
  <Field label="Priority" error={error}>
    {(control) => (
      <Select
        {...control}
        value={value}
        onChange={(event) => onChange(event.target.value as TaskPriority)}
      >
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {PRIORITY_WORDS[priority]}
          </option>
        ))}
      </Select>
    )}
  </Field>
)
