import type { ReactNode } from 'react'
import { Field, TextArea } from '../ui/field.tsx'
import { readPayload } from '../ui/payload-field.tsx'

/** JSON as text; what is wrong with it is said as it is typed. Empty stands for no value. */
export const JsonField = ({
  label,
  value,
  onChange,
  error,
  hint,
  placeholder = '{ "key": "value" }',
  rows = 6,
  isOptional = false,
  isFocused = false,
}: {
  label: string
  value: string
  onChange: (text: string) => void
  error?: string | undefined
  hint?: ReactNode
  placeholder?: string
  rows?: number
  isOptional?: boolean
  isFocused?: boolean
}) => {
  const read = readPayload({ kind: 'json', text: value })
  return (
    <Field
      label={label}
      isOptional={isOptional}
      hint={hint}
      error={read.isValid ? error : read.problem}
    >
      {(control) => (
        <TextArea
          {...control}
          {...(isFocused ? { 'data-initial-focus': true } : {})}
          rows={rows}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
          className="font-mono text-xs"
        />
      )}
    </Field>
  )
}
