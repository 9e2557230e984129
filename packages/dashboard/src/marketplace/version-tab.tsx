import type {
  MarketplaceItemDetail,
  MarketplaceVersion,
  MarketplaceVersionSummary,
} from '@cadre/contract'
import { Link, useNavigate } from '@tanstack/react-router'
import { GitCompareArrows } from 'lucide-react'
import { Badge } from '../ui/badge.tsx'
import { Select } from '../ui/field.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { DiffView } from './diff-view.tsx'
import { priceWords, STATE_WORDS, STATUS_WORDS } from './market-words.ts'
import { useDiff, useVersions } from './use-market.ts'

/** All versions, and what changed between two of them. */
export const VersionTab = ({
  item,
  version,
  from,
}: {
  item: MarketplaceItemDetail
  version: MarketplaceVersion
  from: string | undefined
}) => {
  const versions = useVersions(item.name)
  const at = versions.items.findIndex((each) => each.version === version.version)
  const base = from ?? versions.items[at + 1]?.version ?? null
  const diff = useDiff(item.name, { from: base, to: version.version })
  // Both come at once, so that nothing that is read already moves.
  if (versions.isPending || diff.isLoading)
    return (
      <div role="status" aria-label="Loading versions">
        <Skeleton className="h-[80dvh] rounded-xl" />
      </div>
    )
  return (
    <div className="grid gap-4">
      {versions.items.length > 1 && (
        <Comparison
          name={item.name}
          to={version.version}
          from={base}
          versions={versions.items.map((each) => each.version)}
          diff={diff}
        />
      )}
      <div>
        <ListFrame
          label="versions"
          list={versions}
          items={versions.items}
          className="min-h-40"
          empty={<EmptyState icon={GitCompareArrows} title="No versions" />}
        >
          {(each) => (
            <VersionRow
              key={each.version}
              version={each}
              isShown={each.version === version.version}
            />
          )}
        </ListFrame>
      </div>
    </div>
  )
}

const VersionRow = ({
  version,
  isShown,
}: {
  version: MarketplaceVersionSummary
  isShown: boolean
}) => (
  <li>
    <Link
      to="/marketplace/$name"
      params={{ name: version.name }}
      search={{ version: version.version, tab: 'versions' }}
      resetScroll={false}
      data-row
      data-shown={isShown || undefined}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 -outline-offset-2 hover:bg-hover data-shown:bg-selected/50"
    >
      <span className="min-w-0 flex-1 basis-56">
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-mono text-sm font-semibold">{version.version}</span>
          {isShown && <Badge tone="accent">Shown</Badge>}
          <VersionBadges version={version} />
        </span>
        {(version.status_message ?? version.state_reason) !== null && (
          <span className="mt-0.5 block text-xs wrap-anywhere text-muted">
            {version.status_message ?? version.state_reason}
          </span>
        )}
      </span>
      <span className="w-20 text-right text-sm tabular-nums">{priceWords(version.price)}</span>
      <span className="w-24 text-right text-xs text-muted tabular-nums">
        <Ago at={version.published_at} />
      </span>
    </Link>
  </li>
)

/** What is out of the ordinary about a version. */
export const VersionBadges = ({
  version: { state, status },
}: {
  version: Pick<MarketplaceVersionSummary, 'state' | 'status'>
}) => (
  <>
    {state !== 'approved' && (
      <Badge tone={STATE_WORDS[state].tone}>{STATE_WORDS[state].label}</Badge>
    )}
    {status !== 'active' && (
      <Badge tone={STATUS_WORDS[status].tone}>{STATUS_WORDS[status].label}</Badge>
    )}
  </>
)

const Comparison = ({
  name,
  from,
  to,
  versions,
  diff,
}: {
  name: string
  from: string | null
  to: string
  versions: readonly string[]
  diff: ReturnType<typeof useDiff>
}) => {
  const navigate = useNavigate()
  return (
    <Panel
      title={`What changed in ${to}`}
      aside={
        <span className="flex items-center gap-2 text-xs text-muted">
          since
          <Select
            aria-label="Compare with"
            value={from ?? ''}
            onChange={({ target }) =>
              void navigate({
                to: '/marketplace/$name',
                params: { name },
                search: { version: to, tab: 'versions', from: target.value },
                replace: true,
                resetScroll: false,
              })
            }
            className="w-28"
          >
            {from === null && <option value="">–</option>}
            {versions
              .filter((version) => version !== to)
              .map((version) => (
                <option key={version}>{version}</option>
              ))}
          </Select>
        </span>
      }
    >
      {from === null ? (
        <p className="px-4 py-4 text-sm text-muted">Choose a version to compare it with.</p>
      ) : diff.isError ? (
        <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />
      ) : diff.data === undefined ? (
        <Skeleton className="m-4 h-16" />
      ) : diff.data === null ? (
        <p className="px-4 py-4 text-sm text-muted">{from} is not there to be compared.</p>
      ) : (
        <DiffView diff={diff.data} />
      )}
    </Panel>
  )
}
