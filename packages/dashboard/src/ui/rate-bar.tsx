/** A share of 1 in green, what is left in red. */
export const RateBar = ({ fraction }: { fraction: number | null }) => (
  <svg width="100%" height={4} aria-hidden className="mt-1 block overflow-hidden rounded-full">
    <rect width="100%" height={4} className={fraction === null ? 'fill-hover' : 'fill-bad'} />
    {fraction !== null && <rect width={`${fraction * 100}%`} height={4} className="fill-good" />}
  </svg>
)
