import { RadioGroup } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Segment<Value extends string> {
  value: Value
  label: ReactNode
}

/** One choice of a few, all in sight. Arrow keys move. */
export const Segments = <Value extends string>({
  label,
  value,
  segments,
  onChange,
  className,
}: {
  label: string
  value: Value
  segments: readonly Segment<Value>[]
  onChange: (value: Value) => void
  className?: string
}) => (
  <RadioGroup.Root
    aria-label={label}
    orientation="horizontal"
    value={value}
    onValueChange={(next) => onChange(next as Value)}
    className={cx('inline-flex rounded-lg border border-line bg-sunken p-0.5', className)}
  >
    {segments.map((segment) => (
      <RadioGroup.Item
        key={segment.value}
        value={segment.value}
        className="inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 text-xs font-medium whitespace-nowrap text-muted transition-colors hover:text-ink data-[state=checked]:bg-surface data-[state=checked]:text-ink data-[state=checked]:shadow-card"
      >
        {segment.label}
      </RadioGroup.Item>
    ))}
  </RadioGroup.Root>
)
