import { useNavigate, useSearch } from '@tanstack/react-router'
import { AgentFilter } from '../tasks/task-filters.tsx'
import { CATEGORIES, CATEGORY_WORDS } from '../tasks/task-words.ts'
import { ChoiceFilter } from '../ui/choice-filter.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { DeadLetterList } from './dead-letter-list.tsx'
import { GroupList } from './group-list.tsx'
import { GroupView } from './group-view.tsx'
import { isFiltered, type QuarantineSearch } from './quarantine-search.ts'
import { useGroups, useQuarantineUpdates } from './use-quarantine.ts'

const TYPING_MS = 200

export const QuarantinePage = () => {
  const search = useSearch({ from: '/quarantine' })
  useQuarantineUpdates()
  if (search.group !== undefined && search.tab === undefined)
    return <GroupView key={search.group} search={search} fingerprint={search.group} />
  return <Inbox search={search} />
}

const Inbox = ({ search }: { search: QuarantineSearch }) => {
  const navigate = useNavigate()
  const change = (part: QuarantineSearch) =>
    void navigate({ to: '/quarantine', search: { ...search, ...part }, replace: true })
  const isLetters = search.tab === 'dead-letters'
  return (
    <>
      <PageHeader
        title="Quarantine"
        note="What failed for good, and waits for a person to decide"
        actions={!isLetters && <InboxActions search={search} />}
      />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Segments
          label="Part of the inbox"
          value={isLetters ? 'dead-letters' : 'failures'}
          onChange={(tab) =>
            void navigate({
              to: '/quarantine',
              search: tab === 'dead-letters' ? { tab } : {},
              replace: true,
            })
          }
          segments={[
            { value: 'failures', label: 'Failures' },
            { value: 'dead-letters', label: 'Dead letters' },
          ]}
        />
        {!isLetters && (
          <>
            <SearchField
              label="Filter by error"
              value={search.q ?? ''}
              onChange={(q) => change({ q: q || undefined })}
              restMs={TYPING_MS}
              className="flex-1 max-lg:basis-full lg:min-w-44"
            />
            <AgentFilter id={search.agent} onChange={(agent) => change({ agent: agent?.id })} />
            <ChoiceFilter
              noun="category"
              value={search.category}
              choices={CATEGORY_CHOICES}
              onChange={(category) => change({ category })}
            />
          </>
        )}
      </div>
      {isLetters ? <DeadLetterList /> : <GroupList search={search} />}
    </>
  )
}

const InboxActions = ({ search }: { search: QuarantineSearch }) => {
  const groups = useGroups(search)
  const isEmpty = groups.data?.pages[0]?.items.length === 0
  return isEmpty ? null : (
    <BulkActions search={search} what={isFiltered(search) ? 'matching' : 'all'} />
  )
}

const CATEGORY_CHOICES = CATEGORIES.map((category) => ({
  value: category,
  label: CATEGORY_WORDS[category],
}))
