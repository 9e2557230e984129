import type { CadreEvent, List } from '@cadre/contract'
import type { LiveUpdate, LoadedPages } from '../live/use-live-pages.ts'
import { matches, rowFromEvent, withEvent, type TaskRowData } from './task-row-data.ts'
import { hasFilters, type TaskSearch } from './task-search.ts'

export type TaskPages = LoadedPages<TaskRowData>

/** New rows that one page takes before it is fetched again; bounds memory and layout work. */
export const FIRST_PAGE_ROWS_MAX = 150

/**
 * The list after a batch of events: known rows change in place, rows that no longer match the
 * filters leave, new ones enter where their age puts them (newest first). With `isHeld` nothing
 * enters or leaves, so that nothing moves under a reader's eyes; arrivals are only counted.
 * Untouched rows and pages keep their identity.
 */
export const applyTaskEvents = (
  pages: TaskPages,
  batch: readonly CadreEvent[],
  { search, isHeld }: { search: TaskSearch; isHeld: boolean },
): LiveUpdate<TaskRowData> => {
  const byTask = groupByTask(batch)
  if (byTask.size === 0) return { pages, heldCount: 0, isIncomplete: false }
  const keep = (row: TaskRowData) => isHeld || matches(row, search)
  const updated = pages.pages.map((page) => updatePage(page, byTask, keep))
  const { arrivals, strangers } = sortOut(byTask, search)
  if (isHeld)
    return {
      pages: { ...pages, pages: updated },
      heldCount: arrivals.length,
      isIncomplete: false,
    }
  const inserted = insertRows(updated, arrivals)
  const isLacking = strangers.some((events) => isMissing(updated, events, search))
  return {
    pages: { ...pages, pages: inserted.pages },
    heldCount: 0,
    isIncomplete: inserted.isCut || isLacking,
  }
}

const groupByTask = (batch: readonly CadreEvent[]): Map<string, CadreEvent[]> => {
  const byTask = new Map<string, CadreEvent[]>()
  for (const event of batch) {
    const id = event.data.task_id
    if (id === undefined) continue
    const known = byTask.get(id)
    if (known === undefined) byTask.set(id, [event])
    else known.push(event)
  }
  return byTask
}

/** Takes the events of known rows out of `byTask`, so that what is left are arrivals. */
const updatePage = (
  page: List<TaskRowData>,
  byTask: Map<string, CadreEvent[]>,
  keep: (row: TaskRowData) => boolean,
): List<TaskRowData> => {
  let hasChanged = false
  const items: TaskRowData[] = []
  for (const row of page.items) {
    const events = byTask.get(row.id)
    byTask.delete(row.id)
    const next = events === undefined ? row : events.reduce(withEvent, row)
    hasChanged ||= next !== row
    if (next === row || keep(next)) items.push(next)
  }
  return hasChanged ? { ...page, items } : page
}

/** Unknown tasks: those whose first event came, as rows; and those known from later events only. */
const sortOut = (byTask: ReadonlyMap<string, CadreEvent[]>, search: TaskSearch) => {
  const arrivals: TaskRowData[] = []
  const strangers: CadreEvent[][] = []
  for (const events of byTask.values()) {
    const [first, ...others] = events
    const row = first === undefined ? null : rowFromEvent(first)
    if (row === null) strangers.push(events)
    else {
      const latest = others.reduce(withEvent, row)
      if (matches(latest, search)) arrivals.push(latest)
    }
  }
  return { arrivals, strangers }
}

/**
 * Whether a stranger should be in the list. Only its status and id are known: it may have come
 * to match a filter by status, or be absent from a list of everything.
 */
const isMissing = (
  pages: readonly List<TaskRowData>[],
  events: readonly CadreEvent[],
  search: TaskSearch,
): boolean => {
  const data = events.at(-1)?.data
  if (data?.task_id === undefined) return false
  if (search.status !== undefined) return data.status === search.status
  const id = data.task_id
  return !hasFilters(search) && pages.some((page) => belongsTo(page, id))
}

/** Ids sort by creation, so they alone say where a row belongs. */
const newestFirst = (a: TaskRowData, b: TaskRowData) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

const insertRows = (pages: List<TaskRowData>[], arrivals: readonly TaskRowData[]) => {
  if (arrivals.length === 0) return { pages, isCut: false }
  const incoming: TaskRowData[][] = pages.map(() => [])
  for (const row of arrivals) {
    const index = pages.findIndex((page) => belongsTo(page, row.id))
    incoming[index]?.push(row)
  }
  const merged = pages.map((page, index) => {
    const added = incoming[index] ?? []
    return added.length === 0
      ? page
      : { ...page, items: [...page.items, ...added].sort(newestFirst) }
  })
  const first = merged[0]
  const isCut = first !== undefined && first.items.length > FIRST_PAGE_ROWS_MAX
  return {
    isCut,
    pages: isCut ? [{ ...first, items: first.items.slice(0, FIRST_PAGE_ROWS_MAX) }] : merged,
  }
}

/** Rows older than the last loaded one wait behind "load more". */
const belongsTo = (page: List<TaskRowData>, id: string) => {
  const last = page.items.at(-1)
  return page.next_cursor === null || last === undefined || id > last.id
}
