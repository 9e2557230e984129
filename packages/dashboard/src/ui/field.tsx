import { ChevronDown } from 'lucide-react'
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cx } from './cx.ts'

export const controlClass = cx(
  'w-full rounded-lg border border-line-strong bg-surface px-3 text-sm text-ink shadow-card',
  'transition-colors hover:border-control aria-invalid:border-bad disabled:opacity-60',
  'focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0',
)

export interface FieldControl {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

export interface FieldProps {
  label: string
  hint?: ReactNode
  error?: ReactNode
  isOptional?: boolean | undefined
  className?: string
  /** Draws the control; spread what it is given, so that label, hint and error belong to it. */
  children: (control: FieldControl) => ReactNode
}

/** Label, control, hint and error, connected for assistive technology. */
export const Field = ({ label, hint, error, isOptional, className, children }: FieldProps) => {
  const id = useId()
  const noteId = `${id}-note`
  const hasNote = error !== undefined || hint !== undefined
  return (
    <div className={cx('min-w-0', className)}>
      <label htmlFor={id} className="mb-1.5 flex items-baseline gap-2 text-sm font-medium">
        {label}
        {isOptional && <span className="text-xs font-normal text-faint">optional</span>}
      </label>
      {children({
        id,
        'aria-describedby': hasNote ? noteId : undefined,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hasNote && (
        <p
          id={noteId}
          className={cx('mt-1.5 text-xs', error === undefined ? 'text-faint' : 'text-bad')}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  )
}

export const TextInput = ({ className, ...rest }: ComponentProps<'input'>) => (
  <input
    autoComplete="off"
    spellCheck={false}
    className={cx(controlClass, 'h-8.5', className)}
    {...rest}
  />
)

export interface TextFieldProps
  extends Omit<FieldProps, 'children'>, Omit<ComponentProps<'input'>, 'className' | 'onChange'> {
  value: string
  onChange: (text: string) => void
  /** For what programs read, such as expressions. */
  isMono?: boolean
}

/** One line of text with its label; `className` is that of the whole. */
export const TextField = ({
  label,
  hint,
  error,
  isOptional,
  className,
  isMono = false,
  onChange,
  ...input
}: TextFieldProps) => (
  <Field label={label} hint={hint} error={error} isOptional={isOptional} className={className}>
    {(control) => (
      <TextInput
        {...control}
        {...input}
        className={isMono ? 'font-mono' : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    )}
  </Field>
)

export const TextArea = ({ className, ...rest }: ComponentProps<'textarea'>) => (
  <textarea
    spellCheck={false}
    className={cx(controlClass, 'block resize-y py-2 leading-5', className)}
    {...rest}
  />
)

export const Select = ({ className, children, ...rest }: ComponentProps<'select'>) => (
  <span className={cx('relative block', className)}>
    <select className={cx(controlClass, 'h-8.5 appearance-none pr-8')} {...rest}>
      {children}
    </select>
    <ChevronDown
      size={14}
      aria-hidden
      className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-faint"
    />
  </span>
)
