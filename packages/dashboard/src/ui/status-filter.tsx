import { ScrolledSegments } from './segments.tsx'

const ALL = 'ALL'

/** All of a list, or those in one of a few states. */
export const StatusFilter = <Status extends string>({
  value,
  statuses,
  words,
  onChange,
}: {
  value: Status | undefined
  statuses: readonly Status[]
  words: Readonly<Record<Status, { label: string }>>
  onChange: (status: Status | undefined) => void
}) => (
  <ScrolledSegments<Status | typeof ALL>
    label="Status"
    value={value ?? ALL}
    onChange={(next) => onChange(next === ALL ? undefined : next)}
    segments={[
      { value: ALL, label: 'All' },
      ...statuses.map((status) => ({ value: status, label: words[status].label })),
    ]}
  />
)
