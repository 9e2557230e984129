import { formatDuration } from './format.ts'

const QUANTILES = ['p50', 'p95', 'p99'] as const
type Quantiles = Readonly<Record<(typeof QUANTILES)[number], number | null>>

/** How long executions took, each quantile against the slowest of them. */
export const QuantileBars = ({ quantiles }: { quantiles: Quantiles | undefined }) => (
  <dl className={`${quantileGridClass} gap-y-1`}>
    {QUANTILES.map((name) => (
      <QuantileBar
        key={name}
        name={name}
        value={quantiles?.[name] ?? null}
        slowest={quantiles?.p99 ?? 0}
      />
    ))}
  </dl>
)

/** Of the list that quantiles stand in. */
export const quantileGridClass =
  'grid grid-cols-[1.5rem_minmax(0,1fr)_auto] items-center gap-x-2 text-xs'

/** One quantile of durations in milliseconds, as a bar against `slowest`. */
export const QuantileBar = ({
  name,
  value,
  slowest,
}: {
  name: string
  value: number | null
  slowest: number
}) => (
  <div className="contents">
    <dt className="font-mono text-2xs text-faint">{name}</dt>
    <svg width="100%" height={6} aria-hidden className="overflow-hidden rounded-full">
      <rect width="100%" height={6} className="fill-hover" />
      {value !== null && (
        <rect width={`${logShare(value, slowest)}%`} height={6} rx={3} className="fill-accent" />
      )}
    </svg>
    <dd className="text-right tabular-nums">{value === null ? '–' : formatDuration(value)}</dd>
  </div>
)

/** On a logarithmic scale: a p99 far away must not flatten the rest. */
const logShare = (value: number, largest: number) => {
  const share = Math.log1p(value * 10) / Math.log1p(Math.max(value, largest) * 10)
  return Math.max(3, share * 100)
}
