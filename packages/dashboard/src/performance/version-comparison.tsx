import type {
  ComparedMeasure,
  ComparedPart,
  PerformanceComparison,
  PerformanceVerdict,
  WorkflowPerformance,
} from '@cadre/contract'
import { ArrowRight } from 'lucide-react'
import { Badge } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { Select } from '../ui/field.tsx'
import { formatDollars, formatDuration, formatNumberOf, formatPercent } from '../ui/format.ts'
import { ErrorState, type Tone } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import type { PerformanceChoice } from './performance-choice.ts'
import { useComparison } from './use-performance.ts'

/** Two versions beside each other: what regressed is marked. */
export const VersionComparison = ({
  name,
  versions,
  choice,
  onChoose,
}: {
  name: string
  /** Those that ran, the greatest first. */
  versions: WorkflowPerformance['versions']
  choice: PerformanceChoice
  onChoose: (choice: PerformanceChoice) => void
}) => {
  const version = choice.compared ?? choice.version ?? versions[0]?.version
  const base =
    choice.base ??
    versions[versions.findIndex((each) => each.version === version) + 1]?.version ??
    versions.find((each) => each.version !== version)?.version
  const comparison = useComparison(name, { base, version })
  if (versions.length < 2 && choice.base === undefined) return null
  return (
    <Panel
      title="Versions"
      className="mb-5"
      aside={
        <span className="flex items-center gap-1.5">
          <VersionSelect
            label="Base"
            value={base}
            versions={versions}
            onChange={(next) => onChoose({ ...choice, base: next })}
          />
          <ArrowRight size={14} aria-label="compared with" className="shrink-0 text-faint" />
          <VersionSelect
            label="Version"
            value={version}
            versions={versions}
            onChange={(next) => onChoose({ ...choice, compared: next })}
          />
        </span>
      }
    >
      {comparison.isError && (
        <ErrorState error={comparison.error} onRetry={() => void comparison.refetch()} />
      )}
      {comparison.isPending && <Skeleton className="m-4 h-40" />}
      {comparison.isSuccess && <Compared comparison={comparison.data} />}
    </Panel>
  )
}

const VersionSelect = ({
  label,
  value,
  versions,
  onChange,
}: {
  label: string
  value: string | undefined
  versions: WorkflowPerformance['versions']
  onChange: (version: string) => void
}) => {
  const known = versions.map(({ version }) => version)
  const options = value === undefined || known.includes(value) ? known : [...known, value]
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="w-24 sm:w-26"
    >
      {options.map((version) => (
        <option key={version}>{version}</option>
      ))}
    </Select>
  )
}

const MEASURES = {
  duration_p50_ms: { label: 'Duration p50', format: formatDuration },
  duration_p95_ms: { label: 'Duration p95', format: formatDuration },
  success_rate: { label: 'Success', format: formatPercent },
  cost_mean: {
    label: 'Cost',
    format: formatDollars,
  },
} as const
type MeasureName = keyof typeof MEASURES
const MEASURE_NAMES = Object.keys(MEASURES) as MeasureName[]

const Compared = ({ comparison }: { comparison: PerformanceComparison }) => (
  <>
    <div className="relative overflow-x-auto">
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            <th scope="col" className="py-2 pr-2 pl-4 font-medium">
              Part
            </th>
            {MEASURE_NAMES.map((measure) => (
              <th key={measure} scope="col" className="px-2 py-2 font-medium whitespace-nowrap">
                {MEASURES[measure].label}
              </th>
            ))}
            <th scope="col" className="py-2 pr-4 pl-2 text-right font-medium max-md:hidden">
              Verdict
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          <ComparedRow
            title="Whole run"
            note={countsNote(comparison.runs)}
            part={comparison.runs}
          />
          {comparison.steps.map((step) => (
            <ComparedRow
              key={step.step}
              title={step.step}
              note={PRESENCE[step.is_in]}
              part={step}
            />
          ))}
        </tbody>
      </table>
    </div>
    <details className="border-t border-line px-4 py-2 text-xs text-muted">
      <summary className="w-fit rounded-sm hover:text-ink">When is it a regression?</summary>
      <p className="mt-1.5 max-w-2xl">{comparison.rule}</p>
    </details>
  </>
)

const countsNote = ({ base_count: base, version_count: version }: ComparedPart) =>
  `${formatNumberOf(base, 'run')}, then ${formatNumberOf(version, 'run')}`

const PRESENCE = { both: '', base: 'removed', version: 'new' } as const

const VERDICTS: Readonly<Record<PerformanceVerdict, { label: string; tone: Tone }>> = {
  regressed: { label: 'Regressed', tone: 'bad' },
  improved: { label: 'Improved', tone: 'good' },
  unchanged: { label: 'Unchanged', tone: 'neutral' },
  too_few: { label: 'Too few runs', tone: 'neutral' },
}

const ComparedRow = ({
  title,
  note,
  part,
}: {
  title: string
  note: string
  part: ComparedPart
}) => (
  <tr data-row className={cx(part.verdict === 'regressed' && 'bg-bad-soft/40')}>
    <th scope="row" className="max-w-56 min-w-32 py-2 pr-2 pl-4 text-left font-normal">
      <span className="block truncate font-medium">{title}</span>
      {note !== '' && <span className="block text-xs text-faint">{note}</span>}
      <Badge tone={VERDICTS[part.verdict].tone} className="mt-1 md:hidden">
        {VERDICTS[part.verdict].label}
      </Badge>
    </th>
    {MEASURE_NAMES.map((measure) => (
      <td key={measure} className="px-2 py-2 align-top">
        <Measure measure={part[measure]} format={MEASURES[measure].format} />
      </td>
    ))}
    <td className="py-2 pr-4 pl-2 text-right align-top max-md:hidden">
      <Badge tone={VERDICTS[part.verdict].tone}>{VERDICTS[part.verdict].label}</Badge>
    </td>
  </tr>
)

const MARKS: Readonly<Record<PerformanceVerdict, string>> = {
  regressed: 'font-semibold text-bad',
  improved: 'font-semibold text-good',
  unchanged: 'text-faint',
  too_few: 'text-faint',
}

const Measure = ({
  measure: { base, version, ratio, verdict },
  format,
}: {
  measure: ComparedMeasure
  format: (value: number) => string
}) =>
  base === null && version === null ? (
    <span className="text-faint">–</span>
  ) : (
    <span className="block whitespace-nowrap">
      <span className="block">
        <span className="text-muted">{base === null ? '–' : format(base)}</span>
        <span aria-hidden className="text-faint">
          {' → '}
        </span>
        {version === null ? '–' : format(version)}
      </span>
      <span className={cx('block text-xs', MARKS[verdict])}>
        {changeOf(ratio)}
        {verdict === 'regressed' || verdict === 'improved' ? (
          <span className="sr-only"> {verdict}</span>
        ) : null}
      </span>
    </span>
  )

const changeOf = (ratio: number | null): string => {
  if (ratio === null) return ' '
  const percent = Math.round((ratio - 1) * 100)
  if (percent === 0) return '± 0 %'
  return `${percent > 0 ? '+' : '−'} ${Math.abs(percent)} %`
}
