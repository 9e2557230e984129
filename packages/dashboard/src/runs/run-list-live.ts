import type { CadreEvent, Run } from '@cadre/contract'
import type { LoadedPages } from '../live/use-live-pages.ts'
import type { RunSearch } from './run-search.ts'

export type RunPages = LoadedPages<Run>

export interface RunListUpdate {
  pages: RunPages
  /** Runs that began and may belong into the list. */
  arrivals: number
  /** Known runs changed in a way that only the server can judge by the filters. */
  isOutdated: boolean
}

/**
 * The list after a batch of events: known runs change in place and keep their rows, so that nothing
 * moves under a reader's eyes. Untouched rows and pages keep their identity.
 */
export const applyRunEvents = (
  pages: RunPages,
  batch: readonly CadreEvent[],
  search: RunSearch,
): RunListUpdate => {
  const byRun = new Map<string, CadreEvent[]>()
  for (const event of batch) {
    if (!event.type.startsWith('run.')) continue
    byRun.set(event.subject_id, [...(byRun.get(event.subject_id) ?? []), event])
  }
  if (byRun.size === 0) return { pages, arrivals: 0, isOutdated: needsJudge(batch, search) }
  const known = new Set<string>()
  const updated = pages.pages.map((page) => {
    const items = page.items.map((run) => {
      const events = byRun.get(run.id)
      if (events === undefined) return run
      known.add(run.id)
      return events.reduce(withRunEvent, run)
    })
    return items.some((run, index) => run !== page.items[index]) ? { ...page, items } : page
  })
  const hasChanged = updated.some((page, index) => page !== pages.pages[index])
  const strangers = [...byRun].filter(([id]) => !known.has(id)).map(([, events]) => events)
  return {
    pages: hasChanged ? { ...pages, pages: updated } : pages,
    arrivals: strangers.filter((events) => mayBelong(events, search)).length,
    isOutdated: search.status !== undefined && known.size > 0,
  }
}

/** Whether somebody is needed, no event of a run as a whole tells. */
const needsJudge = (batch: readonly CadreEvent[], search: RunSearch) =>
  search.attention === true &&
  batch.some(({ type }) => type.endsWith('.held') || type === 'step.decided')

const mayBelong = (events: readonly CadreEvent[], search: RunSearch): boolean => {
  const last = events.at(-1)
  if (last === undefined) return false
  if (search.workflow !== undefined && last.data.workflow_name !== search.workflow) return false
  if (search.attention === true) return true
  if (search.status !== undefined) return last.data.run_status === search.status
  return events.some(({ type }) => type === 'run.started')
}

/** The run after the event; the same object if the event is older than what the row shows. */
export const withRunEvent = (run: Run, { type, at, data }: CadreEvent): Run => {
  if (Date.parse(at) < Date.parse(run.updated_at)) return run
  const isPaused = type === 'run.paused' ? true : type === 'run.resumed' ? false : run.is_paused
  const status = data.run_status ?? run.status
  const isOver = status !== 'RUNNING' && status !== 'COMPENSATING'
  return {
    ...run,
    status,
    is_paused: isPaused && !isOver,
    updated_at: at,
    stuck_since: type === 'run.stuck' ? at : null,
    cost: data.cost ?? run.cost,
    error: data.error ?? run.error,
    failed_step: data.step ?? run.failed_step,
    duration_ms: data.duration_ms ?? run.duration_ms,
    finished_at: isOver ? at : null,
  }
}
