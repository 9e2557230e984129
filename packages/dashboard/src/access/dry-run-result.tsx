import type { ChangedDecision, PolicyDryRun } from '@cadre/contract'
import { Badge } from '../ui/badge.tsx'
import { formatCount, formatMoment, formatNumberOf } from '../ui/format.ts'
import { objectWords } from './object-words.ts'

/** How many recent decisions come out otherwise, and examples of them. */
export const DryRunResult = ({ result }: { result: PolicyDryRun }) => (
  <div className="grid gap-3">
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      <Count term="Decided again" value={result.decisions} />
      <Count term="Newly refused" value={result.newly_refused} tone="text-bad" />
      <Count term="Newly permitted" value={result.newly_permitted} tone="text-good" />
      <Count term="Policy failed" value={result.failed} tone="text-bad" />
    </dl>
    <p className="text-sm text-muted">
      {result.decisions === 0
        ? 'Nothing was decided of late, so this tells nothing yet.'
        : `${result.changes === 0 ? 'None' : formatCount(result.changes)} of ${formatNumberOf(result.decisions, 'recent decision')} ${result.changes === 1 ? 'comes' : 'come'} out otherwise${result.since === null ? '' : `, since ${formatMoment(result.since)}`}.`}
    </p>
    {result.examples.length > 0 && (
      <ul
        tabIndex={0}
        aria-label="Examples"
        className="max-h-64 divide-y divide-line overflow-y-auto rounded-lg border border-line"
      >
        {result.examples.map((example, index) => (
          <Example key={index} example={example} />
        ))}
      </ul>
    )}
  </div>
)

const Count = ({ term, value, tone }: { term: string; value: number; tone?: string }) => (
  <div className="rounded-lg border border-line px-3 py-2">
    <dt className="text-2xs text-faint">{term}</dt>
    <dd className={`text-lg font-semibold tabular-nums ${value > 0 ? (tone ?? '') : ''}`}>
      {formatCount(value)}
    </dd>
  </div>
)

const Example = ({ example }: { example: ChangedDecision }) => (
  <li className="grid gap-1 px-3 py-2 text-sm">
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone={example.after === 'refused' ? 'bad' : 'good'}>
        {example.after === 'refused' ? 'Refused' : 'Permitted'}
      </Badge>
      <span className="font-medium">{example.principal_name}</span>
      <code className="font-mono text-xs">{example.action}</code>
      <span className="text-xs text-muted">on {objectWords(example.resource)}</span>
    </p>
    <p className="text-xs text-muted">{example.reason}</p>
  </li>
)
