import type { MarketplaceItemDetail, MarketplaceVersion } from '@cadre/contract'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { buttonClass } from '../ui/button.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageFault } from '../ui/page-states.tsx'
import { Panel } from '../ui/panel.tsx'
import { ScrolledSegments } from '../ui/segments.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AdmissionReport } from './admission-report.tsx'
import { ItemHeader } from './item-header.tsx'
import { ItemSide } from './item-side.tsx'
import { LazyMarkdown, useMarkdown } from './lazy-markdown.tsx'
import { ITEM_TABS, type ItemSearch, type ItemTab } from './market-search.ts'
import { ReputationPanel } from './reputation-panel.tsx'
import { ReviewList } from './review-list.tsx'
import { SchemaTab } from './schema-tab.tsx'
import { TrialTab } from './trial-tab.tsx'
import { UsageTab } from './usage-tab.tsx'
import { useItem, useVersion } from './use-market.ts'
import { VersionTab } from './version-tab.tsx'

/** Everything that one needs to know of an item before one runs it. */
export const ItemPage = () => {
  const { name } = useParams({ from: '/marketplace/$name' })
  const search = useSearch({ from: '/marketplace/$name' })
  const item = useItem(name)
  const isOther = search.version !== undefined && search.version !== item.data?.version
  const other = useVersion(name, isOther ? search.version : undefined)
  const shown = isOther ? other : item
  // With it, so that the README stands at once and moves nothing.
  const renderer = useMarkdown()
  if (item.isPending || shown.isPending || renderer.isLoading) return <LoadingItem />
  if (item.isError || shown.isError)
    return (
      <PageFault
        query={item.isError ? item : shown}
        missing={<NoItem name={name} version={isOther ? search.version : undefined} />}
      />
    )
  return <Item item={item.data} version={shown.data} search={search} />
}

interface ItemProps {
  item: MarketplaceItemDetail
  /** The one that is shown: the item's own, or the one that the address names. */
  version: MarketplaceVersion
  search: ItemSearch
}

const Item = ({ item, version, search }: ItemProps) => (
  <>
    <ItemHeader item={item} version={version} />
    {version.state === 'approved' ? (
      <ReputationPanel item={item} />
    ) : (
      <AdmissionReport version={version} className="mb-5" />
    )}
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="min-w-0">
        <Tabs name={item.name} version={version} search={search} />
        <Tab item={item} version={version} search={search} />
      </div>
      <ItemSide version={version} />
    </div>
  </>
)

const TAB_LABELS = {
  readme: 'README',
  try: 'Try it',
  schemas: 'Schemas & examples',
  versions: 'Versions',
  changelog: 'Changelog',
  usage: 'Usage',
  reviews: 'Reviews',
} as const satisfies Record<ItemTab, string>

const Tabs = ({
  name,
  version,
  search,
}: {
  name: string
  version: MarketplaceVersion
  search: ItemSearch
}) => {
  const navigate = useNavigate()
  const may = useMay()
  const isAbsent = {
    try: !may('marketplace.try') || version.artefact?.kind !== 'wasm',
    changelog: version.changelog === '',
  } as Partial<Record<ItemTab, boolean>>
  const tabs = ITEM_TABS.filter((tab) => isAbsent[tab] !== true || search.tab === tab)
  return (
    <ScrolledSegments<ItemTab>
      className="mb-3"
      label="Part of the item"
      value={search.tab ?? 'readme'}
      onChange={(tab) =>
        void navigate({
          to: '/marketplace/$name',
          params: { name },
          search: {
            ...(search.version !== undefined && { version: search.version }),
            ...(tab !== 'readme' && { tab }),
          },
          replace: true,
          resetScroll: false,
        })
      }
      segments={tabs.map((value) => ({ value, label: TAB_LABELS[value] }))}
    />
  )
}

const Tab = ({ item, version, search }: ItemProps): ReactNode => {
  switch (search.tab) {
    case 'try':
      return <TrialTab key={version.id} version={version} />
    case 'schemas':
      return <SchemaTab version={version} />
    case 'versions':
      return <VersionTab item={item} version={version} from={search.from} />
    case 'changelog':
      return <Text label="Changelog" text={version.changelog} absent="It has no changelog." />
    case 'usage':
      return <UsageTab name={item.name} />
    case 'reviews':
      return <ReviewList item={item} />
    default:
      return <Text label="README" text={version.readme} absent="It has no README." />
  }
}

const Text = ({ label, text, absent }: { label: string; text: string; absent: string }) => (
  <section
    aria-label={label}
    className="min-h-72 min-w-0 overflow-hidden rounded-xl border border-line bg-surface shadow-card"
  >
    {text.trim() === '' ? (
      <p className="p-5 text-sm text-faint">{absent}</p>
    ) : (
      <LazyMarkdown text={text} />
    )}
  </section>
)

const NoItem = ({ name, version }: { name: string; version: string | undefined }) => (
  <>
    <title>Item not found · Cadre</title>
    <EmptyState
      icon={SearchX}
      title="The marketplace has no such item"
      isPage
      action={
        version === undefined ? (
          <Link to="/marketplace" className={buttonClass()}>
            Browse the marketplace
          </Link>
        ) : (
          <Link to="/marketplace/$name" params={{ name }} className={buttonClass()}>
            See the latest version
          </Link>
        )
      }
    >
      It may have been deleted, or it was not approved.
    </EmptyState>
  </>
)

const LoadingItem = () => (
  <div role="status" aria-label="Loading the item">
    <title>Marketplace · Cadre</title>
    <Skeleton className="mb-3 h-4 w-28" />
    <div className="mb-6 flex gap-4">
      <Skeleton className="size-16 rounded-xl" />
      <div className="grid flex-1 content-start gap-2.5">
        <Skeleton className="h-7 w-64 max-w-full" />
        <Skeleton className="h-4 w-96 max-w-full" />
      </div>
    </div>
    <Skeleton className="mb-5 h-38 rounded-xl" />
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Panel className="h-96">{null}</Panel>
      <Skeleton className="h-96 rounded-xl" />
    </div>
  </div>
)
