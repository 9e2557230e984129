import type { RunDetail, RunStep } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { api } from '../api/client.ts'
import { Badge } from '../ui/badge.tsx'
import { formatCount, formatDuration, formatMoney } from '../ui/format.ts'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import type { GraphStep } from './graph-model.ts'
import { isRunOver, stepStateWords } from './run-words.ts'
import { StepIcon } from './state-icon.tsx'
import { StepDecisions } from './step-decisions.tsx'
import { undoGroups, type UndoGroup } from './undo-groups.ts'
import { useChoose } from './use-choose.ts'
import { runKey } from './use-run.ts'

const PAGE_STEPS = 1_000
/** Compensations that are drawn; of a run with more, the first by name. */
const SHOWN_MAX = 2_000

const useCompensations = (id: string) =>
  useQuery({
    queryKey: [...runKey(id), 'compensations'],
    queryFn: async () => {
      const steps: RunStep[] = []
      let cursor: string | undefined
      do {
        const query = { limit: PAGE_STEPS, cursor, is_compensation: 'true' }
        const page = await api.runs.steps(id, query)
        steps.push(...page.items)
        cursor = page.next_cursor ?? undefined
      } while (cursor !== undefined && steps.length < SHOWN_MAX)
      return { steps, isWhole: cursor === undefined }
    },
    staleTime: 0,
  })

/** What is undone, in the order of undoing: deepest first, what is equally deep at the same time. */
export const UndoView = ({ run, steps }: { run: RunDetail; steps: readonly GraphStep[] }) => {
  const found = useCompensations(run.id)
  const { compensation } = run
  if (found.isPending) return <Skeleton className="h-72 rounded-xl" />
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />
  const groups = undoGroups(steps, found.data.steps)
  return (
    <Panel
      title="Compensations"
      aside={
        compensation !== null && (
          <span className="pr-2 text-xs text-muted tabular-nums">
            {formatMoney(run.cost)} to date
            {!isRunOver(run.status) && ` · ${formatMoney(compensation.cost_to_undo)} to undo`}
          </span>
        )
      }
    >
      {groups.length === 0 && (
        <EmptyState icon={Undo2} title="Nothing to undo yet">
          A compensation is recorded before its action starts.
        </EmptyState>
      )}
      <ol aria-label="In the order of undoing">
        {groups.map((group, index) => (
          <Group key={group.depth} run={run} group={group} place={index + 1} />
        ))}
      </ol>
      {!found.data.isWhole && (
        <p className="border-t border-line px-4 py-3 text-sm text-muted">
          Only the first {formatCount(SHOWN_MAX)} by name are shown.
        </p>
      )}
    </Panel>
  )
}

const Group = ({ run, group, place }: { run: RunDetail; group: UndoGroup; place: number }) => (
  <li className="border-b border-line last:border-b-0">
    <h3 className="bg-sunken px-4 py-1.5 text-xs text-muted">
      {place === 1 ? 'First' : 'Then'}
      {group.pairs.length > 1 && `, ${formatCount(group.pairs.length)} at the same time`}
    </h3>
    <ul className="divide-y divide-line">
      {group.pairs.map((pair) => (
        <Pair key={pair.undo.id} run={run} {...pair} />
      ))}
    </ul>
  </li>
)

const Pair = ({ run, title, action, undo }: { run: RunDetail } & UndoGroup['pairs'][number]) => {
  const choose = useChoose()
  const words = stepStateWords(undo)
  const chosen = { step: undo.step, ...(undo.item !== null && { element: undo.id }) }
  return (
    <li className="grid gap-x-4 gap-y-2 px-4 py-3 sm:grid-cols-2">
      <button
        type="button"
        data-row
        onClick={() => choose({ step: undo.step })}
        className="flex min-w-0 items-center gap-2 rounded text-left text-sm"
      >
        <StepIcon step={action} />
        <span className="min-w-0 truncate font-medium">{title}</span>
        {undo.item !== null && <span className="text-muted">element {undo.item}</span>}
        {action?.cost != null && (
          <span className="ml-auto shrink-0 text-xs text-muted tabular-nums">
            {formatMoney(action.cost)}
          </span>
        )}
      </button>
      <div className="min-w-0">
        <button
          type="button"
          onClick={() => choose({ ...chosen, undo: true })}
          className="flex w-full min-w-0 items-center gap-2 rounded text-left text-sm"
        >
          <StepIcon step={undo} isDecorative />
          <Badge tone={words.tone}>{words.label}</Badge>
          <span className="ml-auto flex shrink-0 gap-3 text-xs text-muted tabular-nums">
            {undo.attempts > 1 && <span>×{undo.attempts}</span>}
            {undo.duration_ms !== null && <span>{formatDuration(undo.duration_ms)}</span>}
            {undo.cost !== null && <span>{formatMoney(undo.cost)}</span>}
          </span>
        </button>
        {undo.error !== null && (
          <p className="mt-1.5 line-clamp-3 font-mono text-xs whitespace-pre-wrap text-bad">
            {undo.error}
          </p>
        )}
        {undo.status === 'HELD' && (
          <div className="mt-2">
            <StepDecisions run={run} step={undo} isInRow />
          </div>
        )}
      </div>
    </li>
  )
}
