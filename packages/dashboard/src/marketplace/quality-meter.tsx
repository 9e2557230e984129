/** Quality from 0 to 1, as the platform's own ledger has it. */
export const QualityMeter = ({ quality }: { quality: number }) => {
  const words = `${Math.round(quality * 100)} of 100`
  return (
    <span
      className="inline-flex items-center gap-1.5 whitespace-nowrap"
      title={`Quality ${words}: how surely it succeeds, how many run and rate it, and what it tells of itself`}
    >
      <span className="text-faint">Quality</span>
      <svg width={40} height={4} aria-hidden className="overflow-hidden rounded-full">
        <rect width={40} height={4} className="fill-selected" />
        <rect width={quality * 40} height={4} className="fill-accent" />
      </svg>
      <span className="sr-only">{words}</span>
    </span>
  )
}
