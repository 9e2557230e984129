import { Star } from 'lucide-react'
import { cx } from '../ui/cx.ts'
import { formatCount, formatNumberOf } from '../ui/format.ts'

const STARS = [1, 2, 3, 4, 5] as const

/** An average of ratings; nothing where nobody rated. */
export const RatingWords = ({
  rating: { average, count },
}: {
  rating: { average: number | null; count: number }
}) =>
  average === null ? null : (
    <span
      className="inline-flex items-center gap-1 whitespace-nowrap"
      title={`${average.toFixed(1)} of 5 by ${formatNumberOf(count, 'tenant')}`}
    >
      <Star size={12} aria-hidden className="fill-warn text-warn" />
      <span className="font-medium text-ink tabular-nums">{average.toFixed(1)}</span>
      <span className="text-faint tabular-nums">({formatCount(count)})</span>
      <span className="sr-only">of 5 stars</span>
    </span>
  )

/** A rating in whole stars. */
export const Stars = ({ rating }: { rating: number }) => (
  <span role="img" aria-label={`${rating} of 5 stars`} className="inline-flex gap-0.5">
    {STARS.map((star) => (
      <Star
        key={star}
        size={14}
        aria-hidden
        className={star <= rating ? 'fill-warn text-warn' : 'text-line-strong'}
      />
    ))}
  </span>
)

/** Chooses a number of stars; arrow keys move, as in any group of radio buttons. */
export const StarsField = ({
  value,
  onChange,
}: {
  value: number | null
  onChange: (rating: number) => void
}) => (
  <fieldset className="inline-flex">
    <legend className="mb-1.5 text-sm font-medium">Rating</legend>
    {STARS.map((star) => (
      <label
        key={star}
        className="cursor-pointer rounded-md p-0.5 has-focus-visible:outline-2 has-focus-visible:outline-accent"
      >
        <input
          type="radio"
          name="rating"
          checked={value === star}
          onChange={() => onChange(star)}
          className="sr-only"
        />
        <span className="sr-only">{formatNumberOf(star, 'star')}</span>
        <Star
          size={22}
          aria-hidden
          className={cx(
            'transition-colors',
            value !== null && star <= value
              ? 'fill-warn text-warn'
              : 'text-line-strong hover:text-warn',
          )}
        />
      </label>
    ))}
  </fieldset>
)
