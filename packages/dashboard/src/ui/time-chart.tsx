import { useId, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { cx } from './cx.ts'
import { dotsPath, linePath } from './chart-scale.ts'

export interface ChartSeries {
  label: string
  /** One for each slot; null where nothing is known. */
  values: readonly (number | null)[]
  /** `fill-…` of bars, `stroke-…` of lines. */
  className: string
  /** `bg-…` of the same colour, for the legend. */
  dotClass: string
}

export interface TimeChartProps {
  title: string
  kind: 'bars' | 'lines'
  /** What each slot is called. */
  slots: readonly string[]
  /** Bars stand upon each other in this order. */
  series: readonly ChartSeries[]
  ceiling: number
  format: (value: number) => string
  /** What the whole period comes to, shown until a slot is pointed at. */
  summary: ReactNode
}

/**
 * Values over time. Pointing at a slot, or moving to it with the arrow keys, reads it out above the
 * chart, where it hides nothing.
 */
export const TimeChart = (props: TimeChartProps) => {
  const { title, slots, series, ceiling, format } = props
  const [chosen, setChosen] = useState<number | null>(null)
  const index = chosen === null ? null : Math.min(chosen, slots.length - 1)
  const headingId = useId()
  const reading = (at: number) =>
    `${slots[at] ?? ''}: ${series
      .map(({ label, values }) => `${label} ${said(values[at] ?? null, format)}`)
      .join(', ')}`
  return (
    <figure className="min-w-0 rounded-xl border border-line bg-surface p-4 shadow-card">
      <figcaption className="mb-3">
        <div className="flex items-baseline justify-between gap-3 text-sm">
          <h3 id={headingId} className="font-semibold">
            {title}
          </h3>
          <span className="truncate text-xs text-muted tabular-nums">
            {index === null ? props.summary : slots[index]}
          </span>
        </div>
        <ul className="mt-1 flex flex-wrap gap-x-3 text-xs text-muted">
          {series.map(({ label, values, dotClass }) => (
            <li key={label} className="flex items-center gap-1.5 whitespace-nowrap">
              <span aria-hidden className={cx('size-2 rounded-full', dotClass)} />
              {label}
              {index !== null && (
                <span className="text-ink tabular-nums">{said(values[index] ?? null, format)}</span>
              )}
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2">
        <div
          role="slider"
          tabIndex={0}
          aria-labelledby={headingId}
          aria-valuemin={0}
          aria-valuemax={slots.length - 1}
          aria-valuenow={index ?? slots.length - 1}
          aria-valuetext={reading(index ?? slots.length - 1)}
          className="relative h-32 touch-pan-y rounded-sm"
          onPointerMove={(event) => setChosen(slotUnder(event, slots.length))}
          onPointerDown={(event) => setChosen(slotUnder(event, slots.length))}
          onPointerLeave={() => setChosen(null)}
          onBlur={() => setChosen(null)}
          onKeyDown={(event) => {
            const next = movedBy(event, index ?? slots.length, slots.length)
            if (next === null) return
            event.preventDefault()
            setChosen(next)
          }}
        >
          <Plot {...props} index={index} />
        </div>
        <div
          aria-hidden
          className="flex h-32 flex-col justify-between text-right text-2xs text-faint tabular-nums"
        >
          <span className="-mt-2">{format(ceiling)}</span>
          <span>{format(ceiling / 2)}</span>
          <span className="-mb-2">0</span>
        </div>
        <div
          aria-hidden
          className="mt-1.5 flex justify-between gap-2 text-2xs whitespace-nowrap text-faint tabular-nums"
        >
          <span>{slots[0]}</span>
          <span>{slots.at(-1)}</span>
        </div>
      </div>
    </figure>
  )
}

const said = (value: number | null, format: (value: number) => string) =>
  value === null ? '–' : format(value)

const slotUnder = (event: PointerEvent, slots: number): number => {
  const box = event.currentTarget.getBoundingClientRect()
  const fraction = (event.clientX - box.left) / Math.max(1, box.width)
  return Math.min(slots - 1, Math.max(0, Math.floor(fraction * slots)))
}

const movedBy = ({ key }: KeyboardEvent, from: number, slots: number): number | null => {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, from - 1)
    case 'ArrowRight':
      return Math.min(slots - 1, from + 1)
    case 'Home':
      return 0
    case 'End':
      return slots - 1
    default:
      return null
  }
}

const WIDTH = 1_000
const HEIGHT = 100

const Plot = ({
  kind,
  slots,
  series,
  ceiling,
  index,
}: TimeChartProps & { index: number | null }) => {
  const step = WIDTH / Math.max(1, slots.length)
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
      className="block size-full overflow-visible"
    >
      {[0, HEIGHT / 2, HEIGHT].map((y) => (
        <path
          key={y}
          d={`M0 ${y}H${WIDTH}`}
          vectorEffect="non-scaling-stroke"
          className={y === HEIGHT ? 'stroke-line-strong' : 'stroke-line'}
        />
      ))}
      {index !== null && (
        <rect x={index * step} width={step} height={HEIGHT} className="fill-selected" />
      )}
      {kind === 'bars' ? (
        <Bars series={series} step={step} ceiling={ceiling} />
      ) : (
        series.map(({ label, values, className }) => (
          <g
            key={label}
            fill="none"
            strokeLinecap="round"
            strokeLinejoin="round"
            className={className}
          >
            <path
              d={linePath(values, ceiling)}
              strokeWidth={1.75}
              vectorEffect="non-scaling-stroke"
            />
            <path d={dotsPath(values, ceiling)} strokeWidth={5} vectorEffect="non-scaling-stroke" />
          </g>
        ))
      )}
    </svg>
  )
}

/** Of the width of the chart. */
const GAP_MAX = 24

const Bars = ({
  series,
  step,
  ceiling,
}: {
  series: readonly ChartSeries[]
  step: number
  ceiling: number
}) => {
  const slots = series[0]?.values.length ?? 0
  const gap = Math.min(step * 0.3, GAP_MAX)
  return Array.from({ length: slots }, (_, slot) => {
    let below = 0
    return series.map(({ label, values, className }) => {
      const height = ((values[slot] ?? 0) / ceiling) * HEIGHT
      below += height
      return height === 0 ? null : (
        <rect
          key={`${slot} ${label}`}
          x={slot * step + gap / 2}
          y={HEIGHT - below}
          width={step - gap}
          height={height}
          className={className}
        />
      )
    })
  })
}
