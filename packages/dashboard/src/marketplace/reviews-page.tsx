import type { MarketplaceVersion, MarketplaceVersionSummary } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { ArrowUpRight, BadgeCheck } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { FoldedRow } from '../ui/folded-row.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { FindingList } from './admission-report.tsx'
import { DecisionDialog, type Decision } from './decision-dialog.tsx'
import { DiffView } from './diff-view.tsx'
import { MarketHeader } from './market-header.tsx'
import { priceWords, TYPE_WORDS } from './market-words.ts'
import { PermissionItem } from './permission-item.tsx'
import { MARKET_KEY, useDiff, useItem, useVersion } from './use-market.ts'

/** What waits for a word of the operator: the oldest first. */
export const ReviewsPage = () => {
  const held = usePages([...MARKET_KEY, 'reviews'], (cursor) =>
    api.marketplace.reviews({ limit: 50, cursor }),
  )
  return (
    <>
      <MarketHeader
        title="Reviews"
        note="Versions that admission did not decide about, the oldest first"
      />
      <ListFrame
        label="held versions"
        list={held}
        items={held.items}
        empty={
          <EmptyState icon={BadgeCheck} title="Nothing waits for a review">
            Versions come here that ask for more than before, or that could not be checked.
          </EmptyState>
        }
      >
        {(version) => <ReviewRow key={version.id} version={version} />}
      </ListFrame>
    </>
  )
}

const ReviewRow = ({ version }: { version: MarketplaceVersionSummary }) => {
  return (
    <FoldedRow
      summary={
        <>
          <span className="min-w-0 flex-1 basis-64">
            <span className="flex min-w-0 flex-wrap items-center gap-x-2">
              <span className="truncate text-sm font-semibold">{version.name}</span>
              <span className="font-mono text-xs text-faint">{version.version}</span>
            </span>
            <span className="mt-0.5 block text-xs wrap-anywhere text-muted">
              {version.state_reason}
            </span>
          </span>
          <span className="w-44 text-right text-xs text-muted max-sm:ml-7.5 max-sm:w-auto max-sm:text-left">
            <span className="block truncate">
              {version.publisher} · {version.published_by}
            </span>
            <span className="block text-faint">
              {TYPE_WORDS[version.item_type]} · {priceWords(version.price)} ·{' '}
              <Ago at={version.published_at} />
            </span>
          </span>
        </>
      }
    >
      <Review summary={version} />
    </FoldedRow>
  )
}

const Review = ({ summary }: { summary: MarketplaceVersionSummary }) => {
  const [decision, setDecision] = useState<Decision | null>(null)
  const version = useVersion(summary.name, summary.version)
  if (version.isPending) return <Skeleton className="m-4 h-40" />
  if (version.isError)
    return <ErrorState error={version.error} onRetry={() => void version.refetch()} />
  return (
    <div className="border-t border-line bg-sunken">
      <FindingList findings={version.data.findings} />
      <SinceListed version={version.data} />
      <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
        <Link
          to="/marketplace/$name"
          params={{ name: summary.name }}
          search={{ version: summary.version }}
          className="mr-auto inline-flex items-center gap-1 rounded-md text-sm text-muted hover:text-ink"
        >
          Everything about it <ArrowUpRight size={13} aria-hidden />
        </Link>
        <Button onClick={() => setDecision('reject')}>Reject</Button>
        <Button
          look="primary"
          disabled={version.data.artefact === null}
          title={
            version.data.artefact === null
              ? 'There is nothing to approve yet: its publisher has no such agent or workflow'
              : undefined
          }
          onClick={() => setDecision('approve')}
        >
          Approve
        </Button>
      </div>
      {decision !== null && (
        <DecisionDialog
          version={version.data}
          decision={decision}
          onClose={() => setDecision(null)}
        />
      )}
    </div>
  )
}

/** What is different from the version that is listed; of a first one, what it may do. */
const SinceListed = ({ version }: { version: MarketplaceVersion }) => {
  const item = useItem(version.name)
  const listed =
    item.data !== undefined && item.data.state === 'approved' ? item.data.version : null
  const diff = useDiff(version.name, { from: listed, to: version.version })
  if (diff.data !== undefined && diff.data !== null)
    return (
      <section aria-label="Changes" className="border-t border-line">
        <h3 className="px-4 pt-3 text-sm font-semibold">Since {diff.data.from}, which is listed</h3>
        <DiffView diff={diff.data} />
      </section>
    )
  if (version.permissions === null) return null
  return (
    <section aria-label="Permissions" className="border-t border-line px-4 py-3">
      <h3 className="mb-2 text-sm font-semibold">What it may do</h3>
      {version.permissions.length === 0 ? (
        <p className="text-sm text-muted">It asks for nothing at all.</p>
      ) : (
        <ul className="grid gap-1.5">
          {version.permissions.map((permission) => (
            <PermissionItem key={permission} permission={permission} />
          ))}
        </ul>
      )}
    </section>
  )
}
