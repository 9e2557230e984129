import type { MarketplaceVersionSummary } from '@cadre/contract'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { PackageOpen, Upload } from 'lucide-react'
import { api } from '../api/client.ts'
import { buttonClass } from '../ui/button.tsx'
import { FoldedRow } from '../ui/folded-row.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { ScrolledSegments } from '../ui/segments.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { FindingList } from './admission-report.tsx'
import { MarketHeader } from './market-header.tsx'
import { PUBLICATION_STATES, type PublicationState } from './market-search.ts'
import { priceWords, TYPE_WORDS } from './market-words.ts'
import { PublicationActions } from './publication-actions.tsx'
import { MARKET_KEY, useVersion } from './use-market.ts'
import { VersionBadges } from './version-tab.tsx'

const LABELS: Record<PublicationState, string> = {
  approved: 'Approved',
  checking: 'Being checked',
  held: 'Held',
  rejected: 'Rejected',
}

/** What one's own tenant published, what became of it, and what can be done about it. */
export const PublicationsPage = () => {
  const { state = 'approved' } = useSearch({ from: '/marketplace/publications' })
  const navigate = useNavigate()
  const versions = usePages([...MARKET_KEY, 'publications', state], (cursor) =>
    api.marketplace.publications({ state, limit: 50, cursor }),
  )
  return (
    <>
      <MarketHeader title="Publications" note="What your tenant offers, and what became of it" />
      <ScrolledSegments
        className="mb-3"
        label="State"
        value={state}
        onChange={(next) =>
          void navigate({
            to: '/marketplace/publications',
            search: next === 'approved' ? {} : { state: next },
            replace: true,
          })
        }
        segments={PUBLICATION_STATES.map((value) => ({ value, label: LABELS[value] }))}
      />
      <ListFrame
        label="publications"
        list={versions}
        items={versions.items}
        empty={<NoPublications state={state} />}
      >
        {(version) => <PublicationRow key={version.id} version={version} />}
      </ListFrame>
    </>
  )
}

const NoPublications = ({ state }: { state: PublicationState }) =>
  state === 'approved' ? (
    <EmptyState
      icon={PackageOpen}
      title="Nothing is published yet"
      action={
        <Link to="/marketplace/publish" className={buttonClass({ look: 'primary' })}>
          <Upload size={14} aria-hidden /> Publish
        </Link>
      }
    >
      Offer one of your agents or workflows to the other tenants of this Cadre.
    </EmptyState>
  ) : (
    <EmptyState icon={PackageOpen} title={EMPTY[state]} />
  )

const EMPTY: Record<Exclude<PublicationState, 'approved'>, string> = {
  checking: 'Nothing is being checked',
  held: 'Nothing is held',
  rejected: 'Nothing was rejected',
}

const PublicationRow = ({ version }: { version: MarketplaceVersionSummary }) => {
  return (
    <FoldedRow
      summary={
        <>
          <span className="min-w-0 flex-1 basis-64 max-sm:basis-48">
            <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
              <span className="truncate text-sm font-semibold">{version.name}</span>
              <span className="font-mono text-xs text-faint">{version.version}</span>
              <VersionBadges version={version} />
            </span>
            <span className="mt-0.5 block text-xs wrap-anywhere text-muted">
              {version.status_message ?? version.state_reason ?? version.description}
            </span>
          </span>
          <span className="w-32 text-right text-xs text-muted max-sm:ml-7.5 max-sm:w-auto max-sm:text-left">
            {TYPE_WORDS[version.item_type]} · {priceWords(version.price)}
            <span className="block text-faint max-sm:ml-1.5 max-sm:inline">
              <Ago at={version.published_at} />
            </span>
          </span>
        </>
      }
    >
      <Findings version={version} />
    </FoldedRow>
  )
}

const Findings = ({ version: publication }: { version: MarketplaceVersionSummary }) => {
  const whole = useVersion(publication.name, publication.version)
  return (
    <div className="border-t border-line bg-sunken">
      {whole.isPending && <Skeleton className="m-4 h-16" />}
      {whole.isError && <ErrorState error={whole.error} />}
      {whole.isSuccess && <FindingList findings={whole.data.findings} />}
      {whole.isSuccess && whole.data.findings.length === 0 && (
        <p className="px-4 py-3 text-sm text-muted">Nothing was looked at yet.</p>
      )}
      <PublicationActions version={publication} />
    </div>
  )
}
