import type { MarketplaceItem } from '@cadre/contract'
import { Building2 } from 'lucide-react'
import { Badge, Chip } from '../ui/badge.tsx'
import { Panel } from '../ui/panel.tsx'
import { ItemIcon } from './item-icon.tsx'
import { LazyMarkdown } from './lazy-markdown.tsx'
import { priceWords, TYPE_WORDS } from './market-words.ts'
import { tagsIn, type PublishDraft, type Source } from './publish-draft.ts'
import { useOwnTenant } from './use-market.ts'

/** As others will see it. */
export const PublishPreview = ({ source, draft }: { source: Source; draft: PublishDraft }) => {
  const publisher: MarketplaceItem['publisher'] = useOwnTenant()?.name ?? 'Your tenant'
  return (
    <div className="grid gap-4">
      <Panel title="In lists">
        <div className="flex gap-4 p-4">
          <ItemIcon
            name={source.name}
            itemType={source.type}
            source={draft.icon === '' ? null : draft.icon}
          />
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
              <span className="text-base font-semibold">{source.name}</span>
              <span className="font-mono text-2xs text-faint">{source.version}</span>
              <Badge>{TYPE_WORDS[source.type]}</Badge>
              <span className="ml-auto text-sm font-semibold tabular-nums">
                {/^\d{1,9}(?:\.\d+)?$/.test(draft.price)
                  ? priceWords(draft.price)
                  : draft.price || 'Free'}
              </span>
            </p>
            <p className="mt-1 text-sm text-muted">{draft.description || 'No description'}</p>
            <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-xs text-muted">
              <span className="inline-flex items-center gap-1.5">
                <Building2 size={12} aria-hidden className="text-faint" />
                {publisher}
              </span>
              {draft.licence !== '' && <span className="text-faint">{draft.licence}</span>}
              <span className="inline-flex flex-wrap gap-1">
                {tagsIn(draft.tags).map((tag) => (
                  <Chip key={tag}>{tag}</Chip>
                ))}
              </span>
            </p>
          </div>
        </div>
      </Panel>
      <Panel title="README">
        <LazyMarkdown text={draft.readme} />
      </Panel>
      {draft.changelog !== '' && (
        <Panel title="Changelog">
          <LazyMarkdown text={draft.changelog} />
        </Panel>
      )}
      <p className="text-sm text-muted">
        A version never changes once it is published, and its number is never used again. Cadre
        derives what it may do from what it is, looks for secrets, and runs the examples.
      </p>
    </div>
  )
}
