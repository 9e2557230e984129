import type { RunListQuery, RunStatus } from '@cadre/contract'
import { RUN_STATUSES } from './run-words.ts'

/** The filters of the list of runs, as they stand in the address. */
export interface RunSearch {
  workflow?: string
  status?: RunStatus
  attention?: true
}

export const RUN_VIEWS = ['graph', 'timeline', 'undo', 'data', 'history'] as const
export type RunView = (typeof RUN_VIEWS)[number]

/** What is shown of one run: a view, and the step that is open beside it. */
export interface RunPageSearch {
  view?: RunView
  step?: string
  /** The step's compensation rather than the step. */
  undo?: true
  /** Id of an element of the step's list. */
  element?: string
}

const TEXT_LENGTH_MAX = 200

type Search = Readonly<Record<string, unknown>>

const text = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number'
    ? String(value).slice(0, TEXT_LENGTH_MAX) || undefined
    : undefined
const flag = (value: unknown) => (value === true || value === 'true' ? (true as const) : undefined)
const known = <Parsed extends object>(parsed: Parsed): Parsed =>
  Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)) as Parsed

/** Reads any address; what it does not know is left out. */
export const readRunSearch = (search: Search): RunSearch =>
  known<RunSearch>({
    workflow: text(search['workflow']),
    status: RUN_STATUSES.find((status) => status === search['status']),
    attention: flag(search['attention']),
  } as RunSearch)

export const readRunPageSearch = (search: Search): RunPageSearch =>
  known<RunPageSearch>({
    view: RUN_VIEWS.find((view) => view === search['view']),
    step: text(search['step']),
    undo: flag(search['undo']),
    element: text(search['element']),
  } as RunPageSearch)

export const PAGE_RUNS = 50

export const toRunQuery = (search: RunSearch, cursor: string | undefined): RunListQuery => ({
  limit: PAGE_RUNS,
  cursor,
  workflow: search.workflow,
  status: search.status,
  ...(search.attention === true && { needs_attention: 'true' }),
})

export const hasRunFilters = (search: RunSearch) => Object.keys(search).length > 0
