import { useNavigate } from '@tanstack/react-router'
import { useId, type ReactNode } from 'react'
import { controlClass } from '../ui/field.tsx'
import { cx } from '../ui/cx.ts'
import { SearchField } from '../ui/search-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { instantOf, localInput } from '../ui/local-time.ts'
import type { AuditSearch } from './audit-search.ts'

const TYPING_MS = 300

/** The filters live in the address, so that what was found can be linked to. */
export const AuditFilters = ({ search }: { search: AuditSearch }) => {
  const navigate = useNavigate()
  const change = (part: { [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }) =>
    void navigate({ to: '/audit', search: { ...search, ...part } as AuditSearch, replace: true })
  const text = (name: 'actor' | 'action' | 'resource', label: string): ReactNode => (
    <SearchField
      label={label}
      value={search[name] ?? ''}
      onChange={(value) => change({ [name]: value.trim() || undefined })}
      restMs={TYPING_MS}
      className="flex-1 basis-44"
    />
  )
  return (
    <div className="mb-3 grid gap-2">
      <div className="flex flex-wrap gap-2">
        {text('actor', 'Actor')}
        {text('action', 'Action, such as agent.*')}
        {text('resource', 'Object')}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segments
          label="Decision"
          value={search.decision ?? 'all'}
          onChange={(decision) => change({ decision: decision === 'all' ? undefined : decision })}
          segments={[
            { value: 'all', label: 'All' },
            { value: 'allowed', label: 'Done' },
            { value: 'denied', label: 'Refused' },
          ]}
        />
        <Moment
          label="From"
          value={search.since}
          onChange={(since) => change({ since: since ?? undefined })}
        />
        <Moment
          label="Until"
          value={search.until}
          onChange={(until) => change({ until: until ?? undefined })}
        />
      </div>
    </div>
  )
}

const Moment = ({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (instant: string | undefined) => void
}) => {
  const id = useId()
  return (
    <span className="flex items-center gap-2 text-sm text-muted max-sm:w-full">
      <label htmlFor={id} className="w-9">
        {label}
      </label>
      <input
        id={id}
        type="datetime-local"
        value={localInput(value)}
        onChange={(event) => onChange(instantOf(event.target.value))}
        className={cx(controlClass, 'h-8.5 sm:w-50')}
      />
    </span>
  )
}
