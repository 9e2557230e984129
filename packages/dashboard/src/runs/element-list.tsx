import type { RunStep, StepStatus } from '@cadre/contract'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { cx } from '../ui/cx.ts'
import { formatCount } from '../ui/format.ts'
import { Select } from '../ui/field.tsx'
import { LoadMoreButton } from '../ui/load-more.tsx'
import { ErrorState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { isStepOpen, STEP_STATUS_WORDS, STEP_STATUSES } from './run-words.ts'
import { StepIcon } from './state-icon.tsx'
import { StepTime } from './step-node.tsx'
import { useChoose } from './use-choose.ts'

const PAGE_ELEMENTS = 50
const ROWS_IN_SIGHT = 8

const REFETCH_MS = 2_000

/**
 * The elements of a step's list, a page at a time. They may be thousands, so they are asked for
 * now and then rather than with every event.
 */
export const useElements = (list: RunStep, status?: StepStatus) =>
  usePages(
    ['runs', 'elements', list.run_id, list.step, list.status, status],
    (cursor) =>
      api.runs.steps(list.run_id, {
        step: list.step,
        status,
        is_compensation: 'false',
        limit: PAGE_ELEMENTS,
        cursor,
      }),
    { refetchMs: isStepOpen(list.status) && REFETCH_MS },
  )

/** What became of the elements of a list; with thousands, those in one state at a time. */
export const ElementList = ({ step }: { step: RunStep }) => {
  const [status, setStatus] = useState<StepStatus | undefined>()
  const elements = useElements(step, status)
  const items = elements.items.filter(({ item }) => item !== null)
  const total = step.items ?? 0
  return (
    <section aria-label="Elements" className="border-t border-line">
      <div className="flex items-center gap-2 px-4 pt-2.5 pb-1">
        <h3 className="flex-1 text-xs font-medium text-muted">
          {formatCount(total - (step.items_left ?? 0))} of {formatCount(total)} elements ended
        </h3>
        <Select
          aria-label="Elements in the state"
          value={status ?? ''}
          onChange={(event) => setStatus(STEP_STATUSES.find((each) => each === event.target.value))}
          className="w-32"
        >
          <option value="">All</option>
          {STEP_STATUSES.filter((each) => each !== 'RECORDED').map((each) => (
            <option key={each} value={each}>
              {STEP_STATUS_WORDS[each].label}
            </option>
          ))}
        </Select>
      </div>
      {elements.isError && <ErrorState error={elements.error} />}
      {elements.isSuccess && items.length === 0 && (
        <p className="px-4 py-3 text-sm text-faint">None in this state.</p>
      )}
      <ol className={cx('overflow-y-auto pb-2', total > ROWS_IN_SIGHT ? 'h-72' : 'max-h-72')}>
        {elements.isPending &&
          Array.from({ length: Math.min(total, ROWS_IN_SIGHT) }, (_, index) => (
            <li key={index} className="flex h-8 items-center px-4">
              <Skeleton className="h-4 w-full" />
            </li>
          ))}
        {items.map((element) => (
          <ElementRow key={element.id} element={element} />
        ))}
        {elements.hasNextPage && (
          <li className="flex justify-center pt-2">
            <LoadMoreButton list={elements} size="small" />
          </li>
        )}
      </ol>
    </section>
  )
}

const ElementRow = ({ element }: { element: RunStep }) => {
  const choose = useChoose()
  return (
    <li>
      <button
        type="button"
        onClick={() => choose({ step: element.step, element: element.id })}
        className="flex h-8 w-full items-center gap-2 px-4 text-left text-sm -outline-offset-2 hover:bg-hover"
      >
        <StepIcon step={element} />
        <span className="w-10 shrink-0 text-faint tabular-nums">{element.item}</span>
        <span className="min-w-0 flex-1 truncate text-xs text-bad">{element.error}</span>
        <span className="shrink-0 text-xs text-muted tabular-nums">
          <StepTime step={element} />
        </span>
      </button>
    </li>
  )
}
