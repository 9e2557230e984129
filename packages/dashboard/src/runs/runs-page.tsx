import { useNavigate, useSearch } from '@tanstack/react-router'
import { TriangleAlert } from 'lucide-react'
import { buttonClass } from '../ui/button.tsx'
import { ChoiceFilter } from '../ui/choice-filter.tsx'
import { cx } from '../ui/cx.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatusFilter } from '../ui/status-filter.tsx'
import { useWorkflowNames } from '../workflows/use-workflows.ts'
import { RunList } from './run-list.tsx'
import { hasRunFilters, type RunSearch } from './run-search.ts'
import { RUN_STATUS_WORDS, RUN_STATUSES } from './run-words.ts'

/** Executions of workflows. */
export const RunsPage = () => {
  const search = useSearch({ from: '/runs' })
  return (
    <>
      <PageHeader title="Runs" note="Executions of workflows, as they happen" />
      <RunFilters search={search} />
      <RunList search={search} isFiltered={hasRunFilters(search)} />
    </>
  )
}

/** The filters live in the address, so that a filtered list can be linked to. */
const RunFilters = ({ search }: { search: RunSearch }) => {
  const navigate = useNavigate()
  const change = (part: { [Key in keyof RunSearch]: RunSearch[Key] | undefined }) =>
    void navigate({ to: '/runs', search: { ...search, ...part } as RunSearch, replace: true })
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <StatusFilter
        value={search.status}
        statuses={RUN_STATUSES}
        words={RUN_STATUS_WORDS}
        onChange={(status) => change({ status })}
      />
      <button
        type="button"
        aria-pressed={search.attention === true}
        onClick={() => change({ attention: search.attention === true ? undefined : true })}
        className={cx(
          buttonClass(),
          search.attention === true
            ? 'border-bad! bg-bad-soft! text-bad'
            : 'font-normal text-muted',
        )}
      >
        <TriangleAlert size={14} aria-hidden /> Needs attention
      </button>
      <WorkflowFilter value={search.workflow} onChange={(workflow) => change({ workflow })} />
    </div>
  )
}

const WorkflowFilter = ({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (workflow: string | undefined) => void
}) => {
  const names = useWorkflowNames()
  const known = value === undefined || names.includes(value) ? names : [value, ...names]
  return (
    <ChoiceFilter
      noun="workflow"
      value={value}
      choices={known.map((name) => ({ value: name, label: name }))}
      onChange={onChange}
    />
  )
}
