export const MEMBER_TABS = ['members', 'invitations', 'service-accounts'] as const
export type MembersTab = (typeof MEMBER_TABS)[number]

/** What the address says of the page of members: which part of it. */
export interface MembersSearch {
  tab?: MembersTab
}

export const readMembersSearch = (search: Record<string, unknown>): MembersSearch => {
  const tab = MEMBER_TABS.find((known) => known === search['tab'])
  return tab === undefined || tab === 'members' ? {} : { tab }
}
