import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { PackageSearch, SearchX, SpellCheck } from 'lucide-react'
import { buttonClass } from '../ui/button.tsx'
import { Select } from '../ui/field.tsx'
import { formatCount, formatNumberOf } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { Callout, EmptyState, ErrorState } from '../ui/notice.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { FilterChips } from './filter-chips.tsx'
import { ItemRow } from './item-row.tsx'
import { FacetList } from './facet-list.tsx'
import { MarketHeader } from './market-header.tsx'
import { filterOf, MARKET_SORTS, type MarketSearch, type MarketSort } from './market-search.ts'
import { SORT_WORDS } from './market-words.ts'
import { useItems } from './use-market.ts'

const TYPING_MS = 200
const SKELETON_ROWS = 6
/** As far as the server counts. */
const TOTAL_MAX = 20_000

/** What tenants offer each other: searched, narrowed and sorted; the address keeps it all. */
export const MarketPage = () => {
  const search = useSearch({ from: '/marketplace' })
  const navigate = useNavigate()
  const list = useItems(search)
  const change = (next: MarketSearch) =>
    void navigate({ to: '/marketplace', search: next, replace: true, resetScroll: false })
  const changeWords = (text: string) => {
    const { q: _q, ...rest } = search
    change(text.trim() === '' ? rest : { ...rest, q: text.trim() })
  }
  return (
    <>
      <MarketHeader
        title="Marketplace"
        note="Agents and workflows that tenants of this Cadre offer each other"
      />
      <SearchField
        label="Search by name, tag, capability or what it does"
        value={search.q ?? ''}
        onChange={changeWords}
        restMs={TYPING_MS}
        className="mb-4"
      />
      <div className="grid items-start gap-x-8 gap-y-3 lg:grid-cols-[13.5rem_minmax(0,1fr)]">
        <FacetList search={search} facets={list.data?.pages[0]?.facets} onChange={change} />
        <section aria-label="Found" className="min-w-0">
          <Found search={search} list={list} onChange={change} />
        </section>
      </div>
    </>
  )
}

interface FoundProps {
  search: MarketSearch
  list: ReturnType<typeof useItems>
  onChange: (search: MarketSearch) => void
}

const Found = ({ search, list, onChange }: FoundProps) => {
  const first = list.data?.pages[0]
  const { items } = list
  return (
    <>
      <div className="mb-3 flex min-h-8.5 flex-wrap items-center gap-x-4 gap-y-2">
        <p role="status" className="min-w-0 flex-1 text-sm text-muted tabular-nums">
          {first === undefined ? ' ' : totalWords(first.total)}
        </p>
        <SortSelect search={search} onChange={onChange} />
      </div>
      <FilterChips search={search} onChange={onChange} />
      {first !== undefined && first.corrected !== null && (
        <Callout icon={<SpellCheck size={15} aria-hidden />} className="mb-3">
          Nothing is spelt “{search.q}”. This is what was found for{' '}
          <strong className="font-semibold text-ink">{first.corrected}</strong>.
        </Callout>
      )}
      {list.isPending && <SkeletonItems />}
      {list.isError && (
        <div className="rounded-xl border border-line bg-surface shadow-card">
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.isSuccess && items.length === 0 && <Nothing search={search} />}
      {items.length > 0 && (
        <ul
          aria-label="Items"
          aria-busy={list.isPlaceholderData || undefined}
          className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface shadow-card"
        >
          {items.map((item) => (
            <ItemRow key={item.name} item={item} />
          ))}
        </ul>
      )}
      <LoadMore list={list} className="py-5" />
    </>
  )
}

const totalWords = (total: number): string =>
  total >= TOTAL_MAX ? `More than ${formatCount(TOTAL_MAX)} items` : formatNumberOf(total, 'item')

const SortSelect = ({
  search,
  onChange,
}: {
  search: MarketSearch
  onChange: (search: MarketSearch) => void
}) => {
  const standard: MarketSort = search.q === undefined ? 'quality' : 'relevance'
  const choices = MARKET_SORTS.filter((sort) => sort !== 'relevance' || search.q !== undefined)
  const value = search.sort !== undefined && choices.includes(search.sort) ? search.sort : standard
  return (
    <Select
      aria-label="Sort by"
      value={value}
      onChange={({ target }) => {
        const { sort: _sort, ...rest } = search
        const sort = target.value as MarketSort
        onChange(sort === standard ? rest : { ...rest, sort })
      }}
      className="w-42"
    >
      {choices.map((sort) => (
        <option key={sort} value={sort}>
          {SORT_WORDS[sort]}
        </option>
      ))}
    </Select>
  )
}

const Nothing = ({ search }: { search: MarketSearch }) => {
  const isNarrowed = Object.keys(filterOf(search)).length > 0
  const frame = 'rounded-xl border border-line bg-surface shadow-card'
  if (search.q === undefined && !isNarrowed)
    return (
      <div className={frame}>
        <EmptyState icon={PackageSearch} title="Nothing is offered yet">
          Publish one of your agents or workflows, and others find it here.
        </EmptyState>
      </div>
    )
  return (
    <div className={frame}>
      <EmptyState
        icon={SearchX}
        title={search.q === undefined ? 'No item matches' : `No item matches “${search.q}”`}
        action={
          <Link
            to="/marketplace"
            search={isNarrowed && search.q !== undefined ? { q: search.q } : {}}
            className={buttonClass()}
          >
            {isNarrowed ? 'Clear filters' : 'Show everything'}
          </Link>
        }
      >
        {isNarrowed
          ? 'There may be some without the filters.'
          : 'Names, tags, capabilities, descriptions and READMEs were searched.'}
      </EmptyState>
    </div>
  )
}

const SkeletonItems = () => (
  <div
    role="status"
    aria-label="Loading the marketplace"
    className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface shadow-card"
  >
    {Array.from({ length: SKELETON_ROWS }, (_, index) => (
      <div key={index} className="flex gap-4 p-4">
        <Skeleton className="size-11 rounded-xl" />
        <div className="grid flex-1 content-start gap-2.5">
          <Skeleton className="h-4 w-1/3" />
          <Skeleton className="h-3 w-3/4" />
          <Skeleton className="h-3 w-1/4" />
        </div>
      </div>
    ))}
  </div>
)
