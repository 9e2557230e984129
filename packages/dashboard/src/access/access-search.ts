import { addressText } from '../ui/address-text.ts'

export const ACCESS_TABS = ['roles', 'grants', 'policies', 'explain'] as const
export type AccessTab = (typeof ACCESS_TABS)[number]

/** What the address says of the page of access: which part of it, and which policy is open. */
export interface AccessSearch {
  tab?: AccessTab
  /** Id of the policy that is open, or `new`. */
  policy?: string
}

export const readAccessSearch = (search: Record<string, unknown>): AccessSearch => {
  const tab = ACCESS_TABS.find((known) => known === search['tab'])
  if (tab === undefined || tab === 'roles') return {}
  return { tab, ...(tab === 'policies' ? addressText(search, 'policy') : {}) }
}
