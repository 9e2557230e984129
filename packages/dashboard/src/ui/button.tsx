import { LoaderCircle } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from './cx.ts'

const LOOKS = {
  primary: 'bg-ink text-inverse border-transparent hover:opacity-88 shadow-card',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-hover shadow-card',
  ghost: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-bad text-inverse border-transparent hover:opacity-88 shadow-card',
} as const

const SIZES = {
  small: 'h-7 px-2 text-xs gap-1.5 rounded-md',
  medium: 'h-8.5 px-3 text-sm gap-2 rounded-lg',
} as const

export interface ButtonLook {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
}

/** The classes of a button, for links that look like one. */
export const buttonClass = ({ look = 'secondary', size = 'medium' }: ButtonLook = {}) =>
  cx(
    'inline-flex shrink-0 items-center justify-center border font-medium whitespace-nowrap select-none',
    'transition-[background-color,opacity,color] duration-100 disabled:opacity-50 aria-busy:cursor-progress',
    LOOKS[look],
    SIZES[size],
  )

/** A busy button keeps its width and cannot be pressed twice. */
export const Button = ({
  look,
  size,
  isBusy = false,
  className,
  children,
  disabled,
  ...rest
}: ComponentProps<'button'> & ButtonLook & { isBusy?: boolean }) => (
  <button
    type="button"
    aria-busy={isBusy || undefined}
    disabled={disabled === true || isBusy}
    className={cx(buttonClass({ look, size }), 'relative', className)}
    {...rest}
  >
    {isBusy && <LoaderCircle size={15} className="absolute animate-turn" aria-hidden />}
    <span className={cx('inline-flex items-center gap-[inherit]', isBusy && 'invisible')}>
      {children}
    </span>
  </button>
)

/** A button of one icon; its label is read aloud and shown on hover. */
export const IconButton = ({
  label,
  className,
  size = 'medium',
  ...rest
}: Omit<ComponentProps<'button'>, 'aria-label'> & { label: string; size?: 'small' | 'medium' }) => (
  <button
    type="button"
    aria-label={label}
    title={label}
    className={cx(
      'grid shrink-0 place-items-center rounded-md text-muted transition-colors duration-100',
      'hover:bg-hover hover:text-ink disabled:opacity-40',
      size === 'small' ? 'size-7' : 'size-8.5',
      className,
    )}
    {...rest}
  />
)
