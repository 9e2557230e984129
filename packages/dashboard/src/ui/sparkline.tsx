import { cx } from './cx.ts'

const STEP = 4
const HEIGHT = 28
/** Below this a bar is not told from the line it stands on. */
const BAR_MIN = 2

/** A row of small bars, oldest first, scaled to the highest of them. */
export const Sparkline = ({
  values,
  label,
  className,
}: {
  values: readonly number[]
  label: string
  className?: string
}) => {
  const peak = Math.max(1, ...values)
  const width = Math.max(values.length, 1) * STEP
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx('block', className)}
    >
      <title>{label}</title>
      <path d={`M0 ${HEIGHT - 0.5}H${width}`} className="stroke-line-strong" />
      {values.map((value, index) => {
        const height = value === 0 ? 0 : Math.max(BAR_MIN, (value / peak) * HEIGHT)
        return (
          <rect
            key={index}
            x={index * STEP + 0.5}
            y={HEIGHT - height}
            width={STEP - 1}
            height={height}
            className="fill-accent"
          />
        )
      })}
    </svg>
  )
}
