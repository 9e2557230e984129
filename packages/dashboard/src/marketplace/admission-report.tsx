import type { AdmissionFinding, MarketplaceVersion } from '@cadre/contract'
import {
  CircleCheck,
  CircleMinus,
  CircleX,
  Hand,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react'
import { cx } from '../ui/cx.ts'
import { Ago } from '../ui/time.tsx'
import { CHECK_WORDS, STATE_WORDS } from './market-words.ts'

const MARKS: Record<AdmissionFinding['verdict'], { icon: LucideIcon; look: string; said: string }> =
  {
    passed: { icon: CircleCheck, look: 'text-good', said: 'passed' },
    held: { icon: Hand, look: 'text-warn', said: 'held' },
    rejected: { icon: CircleX, look: 'text-bad', said: 'rejected' },
    skipped: { icon: CircleMinus, look: 'text-faint', said: 'skipped' },
  }

const SENTENCES: Record<MarketplaceVersion['state'], string> = {
  checking: 'It is there, and others see it once it is approved.',
  held: 'A person decides. Others do not see it until then.',
  approved: 'It is listed, and everybody finds it.',
  rejected: 'It is not listed and never will be. Publish a new version.',
}

/** What admission says of a version, finding by finding. Follows along while it is being checked. */
export const AdmissionReport = ({
  version,
  className,
}: {
  version: Pick<
    MarketplaceVersion,
    'state' | 'state_reason' | 'findings' | 'decided_at' | 'decided_by'
  >
  className?: string
}) => {
  const { label, tone } = STATE_WORDS[version.state]
  return (
    <section
      aria-label="Admission"
      className={cx(
        'overflow-hidden rounded-xl border border-line bg-surface shadow-card',
        className,
      )}
    >
      <div role="status" className={cx('px-4 py-3', HEADS[tone])}>
        <p className="flex items-center gap-2 text-sm font-semibold">
          {version.state === 'checking' && (
            <LoaderCircle size={15} aria-hidden className="animate-turn" />
          )}
          {label}
        </p>
        <p className="mt-0.5 text-sm wrap-anywhere">
          {version.state_reason ?? SENTENCES[version.state]}
        </p>
        {version.decided_at !== null && (
          <p className="mt-1 text-xs text-muted">
            decided by {version.decided_by ?? 'Cadre itself'} <Ago at={version.decided_at} />
          </p>
        )}
      </div>
      <FindingList findings={version.findings} />
    </section>
  )
}

const HEADS: Record<string, string> = {
  accent: 'bg-accent-soft',
  warn: 'bg-warn-soft',
  good: 'bg-good-soft',
  bad: 'bg-bad-soft',
}

export const FindingList = ({ findings }: { findings: readonly AdmissionFinding[] }) =>
  findings.length === 0 ? null : (
    <ul aria-label="Findings" className="divide-y divide-line">
      {findings.map(({ check, verdict, message }, index) => {
        const { icon: Icon, look, said } = MARKS[verdict]
        return (
          <li key={index} className="flex items-start gap-3 px-4 py-2.5 text-sm">
            <Icon size={16} aria-label={said} className={cx('mt-0.5 shrink-0', look)} />
            <span className="w-28 shrink-0 font-medium max-sm:w-20">{CHECK_WORDS[check]}</span>
            <span className="min-w-0 flex-1 wrap-anywhere text-muted">{message}</span>
          </li>
        )
      })}
    </ul>
  )
