import type { MarketplaceItem } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Activity, Building2 } from 'lucide-react'
import { Badge, Chip } from '../ui/badge.tsx'
import { cx } from '../ui/cx.ts'
import { formatCount, formatNumberOf } from '../ui/format.ts'
import { iconAddress, ItemIcon } from './item-icon.tsx'
import { priceWords, TYPE_WORDS } from './market-words.ts'
import { QualityMeter } from './quality-meter.tsx'
import { RatingWords } from './stars.tsx'

const CHIPS_MAX = 4

/** One item as lists show it. */
export const ItemRow = ({ item }: { item: MarketplaceItem }) => (
  <li className="min-w-0">
    <Link
      to="/marketplace/$name"
      params={{ name: item.name }}
      data-row
      className="flex gap-4 p-4 -outline-offset-2 transition-colors hover:bg-hover"
    >
      <ItemIcon name={item.name} itemType={item.item_type} source={iconAddress(item)} />
      <span className="min-w-0 flex-1">
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
          <span
            className={cx(
              'max-w-full truncate text-base font-semibold',
              item.status !== 'active' && 'text-muted',
            )}
          >
            {item.name}
          </span>
          <span className="font-mono text-2xs text-faint">{item.version}</span>
          <Badge>{TYPE_WORDS[item.item_type]}</Badge>
          {item.status === 'deprecated' && <Badge tone="warn">Deprecated</Badge>}
        </span>
        <span className="mt-1 line-clamp-2 text-sm text-muted">
          {item.description || 'No description'}
        </span>
        <span className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-xs text-muted">
          <span className="inline-flex min-w-0 items-center gap-1.5">
            <Building2 size={12} aria-hidden className="shrink-0 text-faint" />
            <span className="truncate">{item.publisher}</span>
          </span>
          {item.licence !== null && <span className="truncate text-faint">{item.licence}</span>}
          <span className="inline-flex min-w-0 flex-wrap gap-1 max-sm:hidden">
            {item.tags.slice(0, CHIPS_MAX).map((tag) => (
              <Chip key={tag}>{tag}</Chip>
            ))}
          </span>
          <span className="flex items-center gap-3 sm:hidden">
            <span className="font-medium text-ink">{priceWords(item.price)}</span>
            <RatingWords rating={item.rating} />
          </span>
        </span>
      </span>
      <span className="flex w-30 shrink-0 flex-col items-end gap-1.5 text-xs text-muted max-sm:hidden">
        <span className="text-sm font-semibold text-ink tabular-nums">
          {priceWords(item.price)}
        </span>
        <RatingWords rating={item.rating} />
        <QualityMeter quality={item.quality} />
        <span
          className="inline-flex items-center gap-1 tabular-nums"
          title="Executions by other tenants within 90 days"
        >
          <Activity size={12} aria-hidden className="text-faint" />
          {item.uses === 0 ? 'not used yet' : `${formatCount(item.uses)} uses`}
        </span>
        <span className="sr-only">{formatNumberOf(item.active_tenants, 'tenant')} run it</span>
      </span>
    </Link>
  </li>
)
