import type { FailureCategory, QuarantineFilter } from '@cadre/contract'
import { CATEGORIES } from '../tasks/task-words.ts'
import { addressText } from '../ui/address-text.ts'

/** What the address says of the inbox: which part of it, and what is looked for. */
export interface QuarantineSearch {
  tab?: 'dead-letters'
  /** Fingerprint of the group that is open. */
  group?: string
  agent?: string
  category?: FailureCategory
  q?: string
}

export const readQuarantineSearch = (search: Record<string, unknown>): QuarantineSearch => {
  const category = CATEGORIES.find((known) => known === search['category'])
  return {
    ...(search['tab'] === 'dead-letters' ? { tab: 'dead-letters' as const } : {}),
    ...addressText(search, 'group'),
    ...addressText(search, 'agent'),
    ...addressText(search, 'q'),
    ...(category === undefined ? {} : { category }),
  }
}

/** The same as conditions of the API. */
export const conditionsOf = ({ group, agent, category, q }: QuarantineSearch) => ({
  fingerprint: group,
  agent_id: agent,
  category,
  q,
})

/** What a call on all that is shown says; everything is said outright. */
export const filterOf = (search: QuarantineSearch): QuarantineFilter => {
  const conditions = conditionsOf(search)
  return Object.values(conditions).some((condition) => condition !== undefined)
    ? conditions
    : { all: true }
}

export const isFiltered = ({ agent, category, q }: QuarantineSearch): boolean =>
  (agent ?? category ?? q) !== undefined
