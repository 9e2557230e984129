import { RadioGroup } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Segment<Value extends string> {
  value: Value
  label: ReactNode
}

export interface SegmentsProps<Value extends string> {
  label: string
  value: Value
  segments: readonly Segment<Value>[]
  onChange: (value: Value) => void
  isSmall?: boolean
  className?: string
}

/** One choice of a few, all in sight. Arrow keys move. */
export const Segments = <Value extends string>({
  label,
  value,
  segments,
  onChange,
  isSmall = false,
  className,
}: SegmentsProps<Value>) => (
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
        className={cx(
          'inline-flex items-center gap-1.5 rounded-md font-medium whitespace-nowrap text-muted transition-colors',
          'hover:text-ink data-[state=checked]:bg-surface data-[state=checked]:text-ink data-[state=checked]:shadow-card',
          isSmall ? 'h-5.5 px-2 text-2xs' : 'h-7 px-2.5 text-xs',
        )}
      >
        {segment.label}
      </RadioGroup.Item>
    ))}
  </RadioGroup.Root>
)

/** The same where they may be wider than a phone: they scroll there, from edge to edge. */
export const ScrolledSegments = <Value extends string>({
  className,
  ...segments
}: SegmentsProps<Value>) => (
  <div
    className={cx(
      '-mx-4 max-w-[100vw] overflow-x-auto px-4 [scrollbar-width:none] md:mx-0 md:px-0',
      className,
    )}
  >
    <Segments {...segments} />
  </div>
)
