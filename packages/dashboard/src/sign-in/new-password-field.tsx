import type { ReactNode } from 'react'
import { TextField } from '../ui/field.tsx'

// As in the contract, whose schemas must not come along into the page.
export const PASSWORD_LENGTH_MIN = 12
const PASSWORD_LENGTH_MAX = 256

/** Where a new password is chosen. */
export const NewPasswordField = ({
  label = 'New password',
  hint = `At least ${PASSWORD_LENGTH_MIN} characters. Several words are easiest to remember.`,
  value,
  onChange,
  error,
  isFirst = false,
}: {
  label?: string
  hint?: ReactNode
  value: string
  onChange: (password: string) => void
  error?: ReactNode
  isFirst?: boolean
}) => (
  <TextField
    label={label}
    hint={hint}
    error={error}
    type="password"
    name="new-password"
    autoComplete="new-password"
    autoFocus={isFirst}
    required
    maxLength={PASSWORD_LENGTH_MAX}
    value={value}
    onChange={onChange}
  />
)
