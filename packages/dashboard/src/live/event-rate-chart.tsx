import { RATE_SECONDS, useEventRate, type RateSecond } from './event-rate.ts'

const HEIGHT = 32

const total = (bucket: RateSecond) => bucket.completed + bucket.failed + bucket.other

/** Events per second over the last minute: completed below, failed on top of them, others pale. */
export const EventRate = ({ height = HEIGHT }: { height?: number }) => {
  const rates = useEventRate()
  const last = rates.at(-2)
  const perSecond = last === undefined ? 0 : total(last)
  return (
    <figure>
      <figcaption className="flex justify-between text-xs text-muted">
        <span>Events / s</span>
        <span className="text-ink tabular-nums">{perSecond}</span>
      </figcaption>
      <Bars rates={rates} height={height} />
    </figure>
  )
}

const Bars = ({ rates, height }: { rates: readonly RateSecond[]; height: number }) => {
  const peak = Math.max(4, ...rates.map(total))
  const scale = (count: number) => (count / peak) * height
  return (
    <svg
      viewBox={`0 0 ${RATE_SECONDS * 4} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      aria-hidden
      className="mt-1 block"
    >
      <path d={`M0 ${height - 0.5}H${RATE_SECONDS * 4}`} className="stroke-line" />
      {rates.map((bucket, index) => (
        <Bar key={bucket.second} x={index * 4} bucket={bucket} scale={scale} height={height} />
      ))}
    </svg>
  )
}

const Bar = ({
  x,
  bucket,
  scale,
  height,
}: {
  x: number
  bucket: RateSecond
  scale: (count: number) => number
  height: number
}) => {
  const done = scale(bucket.completed)
  const failed = scale(bucket.failed)
  const other = scale(bucket.other)
  const rect = { x: x + 0.5, width: 3 }
  return (
    <>
      <rect {...rect} y={height - done} height={done} className="fill-accent" />
      <rect {...rect} y={height - done - failed} height={failed} className="fill-bad" />
      <rect
        {...rect}
        y={height - done - failed - other}
        height={other}
        className="fill-line-strong"
      />
    </>
  )
}
