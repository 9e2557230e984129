import { X } from 'lucide-react'
import { filterOf, tagsOf, type MarketFilter, type MarketSearch } from './market-search.ts'
import { PRICE_WORDS, TYPE_WORDS } from './market-words.ts'

interface Chosen {
  key: string
  label: string
  without: MarketSearch
}

/** What narrows the list; pressing one takes it away. */
export const FilterChips = ({
  search,
  onChange,
}: {
  search: MarketSearch
  onChange: (search: MarketSearch) => void
}) => {
  const chosen = chosenOf(search)
  if (chosen.length === 0) return null
  return (
    <ul aria-label="Filters" className="mb-3 flex flex-wrap gap-1.5">
      {chosen.map(({ key, label, without }) => (
        <li key={key} className="min-w-0">
          <button
            type="button"
            onClick={() => onChange(without)}
            aria-label={`Remove the filter ${label}`}
            className="inline-flex h-7 max-w-full items-center gap-1.5 rounded-full border border-accent/30 bg-accent-soft pr-2 pl-3 text-xs font-medium text-accent hover:border-accent"
          >
            <span className="truncate">{label}</span>
            <X size={13} aria-hidden className="shrink-0" />
          </button>
        </li>
      ))}
      {chosen.length > 1 && (
        <li>
          <button
            type="button"
            onClick={() => onChange(withoutFilters(search))}
            className="h-7 rounded-full px-2.5 text-xs text-muted hover:text-ink"
          >
            Clear all
          </button>
        </li>
      )}
    </ul>
  )
}

const withoutFilters = ({ q, sort }: MarketSearch): MarketSearch => ({
  ...(q === undefined ? {} : { q }),
  ...(sort === undefined ? {} : { sort }),
})

const NAMES: Partial<Record<keyof MarketFilter, string>> = {
  capability: 'Capability',
  publisher: 'By',
  licence: 'Licence',
}

const chosenOf = (search: MarketSearch): Chosen[] =>
  Object.entries(filterOf(search)).flatMap(([key, value]): Chosen[] => {
    const { [key as keyof MarketSearch]: _left, ...without } = search
    if (key === 'tags')
      return tagsOf(search).map((tag) => {
        const tags = tagsOf(search).filter((other) => other !== tag)
        return {
          key: `tag ${tag}`,
          label: `#${tag}`,
          without: tags.length === 0 ? without : { ...without, tags: tags.join(',') },
        }
      })
    return [{ key, label: labelOf(key as keyof MarketFilter, value), without }]
  })

const labelOf = (key: keyof MarketFilter, value: string): string => {
  if (key === 'type') return TYPE_WORDS[value as keyof typeof TYPE_WORDS]
  if (key === 'price') return PRICE_WORDS[value as keyof typeof PRICE_WORDS]
  if (key === 'status') return 'Deprecated'
  return `${NAMES[key] ?? key}: ${value}`
}
