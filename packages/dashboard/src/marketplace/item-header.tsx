import type { MarketplaceItemDetail, MarketplaceVersion } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { History, OctagonX, TriangleAlert } from 'lucide-react'
import { BackLink } from '../ui/back-link.tsx'
import { Badge } from '../ui/badge.tsx'
import { Callout } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { InstallAction } from './install-action.tsx'
import { ItemIcon } from './item-icon.tsx'
import { STATE_WORDS, TYPE_WORDS } from './market-words.ts'
import { QualityMeter } from './quality-meter.tsx'
import { RatingWords } from './stars.tsx'

/** What the item is, by whom, and what speaks against it. */
export const ItemHeader = ({
  item,
  version,
}: {
  item: MarketplaceItemDetail
  version: MarketplaceVersion
}) => (
  <header className="mb-5">
    <title>{`${item.name} · Marketplace · Cadre`}</title>
    <BackLink to="/marketplace">Marketplace</BackLink>
    <div className="mt-2 flex flex-wrap items-start gap-x-4 gap-y-3">
      <ItemIcon name={item.name} itemType={item.item_type} source={version.icon} size="large" />
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xl font-semibold tracking-tight">
          {item.name}
          <span className="font-mono text-sm font-normal tracking-normal text-faint">
            {version.version}
          </span>
          <Badge>{TYPE_WORDS[item.item_type]}</Badge>
          {version.state !== 'approved' && (
            <Badge tone={STATE_WORDS[version.state].tone}>{STATE_WORDS[version.state].label}</Badge>
          )}
        </h1>
        <p className="mt-1 max-w-prose text-sm text-muted">
          {version.description || 'No description'}
        </p>
        <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          <span className="min-w-0">
            by{' '}
            <Link
              to="/marketplace"
              search={{ publisher: version.publisher }}
              className="rounded-sm font-medium text-ink underline-offset-2 hover:underline"
            >
              {version.publisher}
            </Link>{' '}
            · published <Ago at={version.published_at} />
          </span>
          <RatingWords rating={item.rating} />
          <QualityMeter quality={item.quality} />
        </p>
      </div>
      <InstallAction version={version} />
    </div>
    <Warnings item={item} version={version} />
  </header>
)

const Warnings = ({
  item,
  version,
}: {
  item: MarketplaceItemDetail
  version: MarketplaceVersion
}) => (
  <>
    {version.status === 'deprecated' && (
      <Callout
        tone="warn"
        className="mt-4"
        icon={<TriangleAlert size={15} aria-hidden className="text-warn" />}
      >
        <strong className="font-semibold">Its publisher advises against it.</strong>{' '}
        {version.status_message}
      </Callout>
    )}
    {version.status === 'yanked' && (
      <Callout
        tone="bad"
        className="mt-4"
        icon={<OctagonX size={15} aria-hidden className="text-bad" />}
      >
        <strong className="font-semibold">Its publisher withdrew this version.</strong>{' '}
        {version.status_message}
      </Callout>
    )}
    {version.version !== item.version && (
      <Callout className="mt-4" icon={<History size={15} aria-hidden />}>
        This is {version.version}. The latest version is{' '}
        <Link
          to="/marketplace/$name"
          params={{ name: item.name }}
          className="rounded-sm font-medium text-accent underline underline-offset-2"
        >
          {item.version}
        </Link>
        .
      </Callout>
    )}
  </>
)
