import type { MarketplaceFacets } from '@cadre/contract'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../ui/cx.ts'
import { formatCount } from '../ui/format.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { filterOf, tagsOf, type MarketSearch } from './market-search.ts'
import { PRICE_WORDS, TYPE_WORDS } from './market-words.ts'

interface FacetProps {
  search: MarketSearch
  facets: MarketplaceFacets | undefined
  onChange: (search: MarketSearch) => void
}

/** How many there are of each kind; pressing one narrows the list. On a phone it is folded. */
export const FacetList = (props: FacetProps) => {
  const chosen = Object.keys(filterOf(props.search)).length
  return (
    <>
      <details className="group rounded-xl border border-line bg-surface shadow-card lg:hidden">
        <summary className="flex h-10 list-none items-center gap-2 rounded-xl px-3.5 text-sm font-medium [&::-webkit-details-marker]:hidden">
          <ChevronRight
            size={14}
            aria-hidden
            className="text-faint transition-transform group-open:rotate-90"
          />
          Filters
          {chosen > 0 && <span className="text-xs text-accent">{chosen} set</span>}
        </summary>
        <div className="border-t border-line p-3.5">
          <Facets {...props} />
        </div>
      </details>
      <aside aria-label="Filters" className="max-lg:hidden lg:sticky lg:top-6">
        <Facets {...props} />
      </aside>
    </>
  )
}

const words =
  <Value extends string>(table: Record<Value, string>) =>
  (value: string): string =>
    Object.hasOwn(table, value) ? table[value as Value] : value

const GROUPS = [
  { facet: 'type', title: 'Type', word: words(TYPE_WORDS) },
  { facet: 'price', title: 'Price of a task', word: words(PRICE_WORDS) },
  { facet: 'tag', title: 'Tags', word: (value: string) => value },
  { facet: 'capability', title: 'Capabilities', word: (value: string) => value },
  { facet: 'publisher', title: 'Publishers', word: (value: string) => value },
  { facet: 'licence', title: 'Licences', word: (value: string) => value },
] as const
type Facet = (typeof GROUPS)[number]['facet']

const Facets = ({ search, facets, onChange }: FacetProps) => {
  if (facets === undefined)
    return (
      <div className="grid gap-3">
        {GROUPS.slice(0, 4).map(({ facet }) => (
          <Skeleton key={facet} className="h-24" />
        ))}
      </div>
    )
  return (
    <div className="grid gap-5 max-lg:grid-cols-2">
      {GROUPS.map(({ facet, title, word }) => (
        <FacetGroup
          key={facet}
          title={title}
          counts={facets[facet].filter(({ value }) => value !== '')}
          word={word}
          isChosen={(value) => isChosen(search, facet, value)}
          onToggle={(value) => onChange(toggled(search, facet, value))}
        />
      ))}
    </div>
  )
}

const isChosen = (search: MarketSearch, facet: Facet, value: string): boolean =>
  facet === 'tag' ? tagsOf(search).includes(value) : search[facet] === value

/** Tags add up; of everything else one holds. */
const toggled = (search: MarketSearch, facet: Facet, value: string): MarketSearch => {
  const key = facet === 'tag' ? 'tags' : facet
  const { [key]: _before, ...rest } = search
  if (facet === 'tag') {
    const tags = isChosen(search, facet, value)
      ? tagsOf(search).filter((tag) => tag !== value)
      : [...tagsOf(search), value]
    return tags.length === 0 ? rest : { ...rest, tags: tags.join(',') }
  }
  return isChosen(search, facet, value) ? rest : { ...rest, [key]: value }
}

const SHOWN_MAX = 6

const FacetGroup = ({
  title,
  counts,
  word,
  isChosen,
  onToggle,
}: {
  title: string
  counts: readonly { value: string; count: number }[]
  word: (value: string) => string
  isChosen: (value: string) => boolean
  onToggle: (value: string) => void
}) => {
  const [isWhole, setWhole] = useState(false)
  if (counts.length === 0) return null
  const shown = isWhole ? counts : counts.slice(0, SHOWN_MAX)
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-1 px-2 text-xs font-medium text-faint">{title}</h2>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={isChosen(value)}
              onClick={() => onToggle(value)}
              className={cx(
                'flex min-h-7 w-full items-center gap-2 rounded-md px-2 py-0.5 text-left text-sm text-muted hover:bg-hover hover:text-ink',
                'aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent',
              )}
            >
              <span className="min-w-0 flex-1 truncate">{word(value)}</span>
              <span
                className={cx(
                  'text-xs tabular-nums',
                  isChosen(value) ? 'text-accent' : 'text-faint',
                )}
              >
                {formatCount(count)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {counts.length > SHOWN_MAX && (
        <button
          type="button"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
          className="mt-0.5 rounded-md px-2 py-0.5 text-xs text-faint hover:text-ink"
        >
          {isWhole ? 'Fewer' : `${counts.length - SHOWN_MAX} more`}
        </button>
      )}
    </section>
  )
}
