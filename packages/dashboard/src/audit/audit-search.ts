import type { AuditDecision, AuditListQuery } from '@cadre/contract'
import { addressText } from '../ui/address-text.ts'

/** What the address says of the audit log: which records are looked for. */
export interface AuditSearch {
  actor?: string
  action?: string
  resource?: string
  decision?: AuditDecision
  /** Instants, ISO 8601. */
  since?: string
  until?: string
}

export const readAuditSearch = (search: Record<string, unknown>): AuditSearch => {
  const decision = search['decision']
  return {
    ...addressText(search, 'actor'),
    ...addressText(search, 'action'),
    ...addressText(search, 'resource'),
    ...(decision === 'allowed' || decision === 'denied' ? { decision } : {}),
    ...momentOf(search, 'since'),
    ...momentOf(search, 'until'),
  }
}

const momentOf = (search: Record<string, unknown>, name: 'since' | 'until'): AuditSearch => {
  const { [name]: text } = addressText(search, name)
  return text === undefined || Number.isNaN(Date.parse(text)) ? {} : { [name]: text }
}

/** The same as conditions of the API; a part of an action such as `agent.` stands for all of it. */
export const auditQueryOf = ({ action, ...search }: AuditSearch): AuditListQuery => ({
  ...search,
  action: action?.replace(/\.$/, '.*'),
})

export const isAuditFiltered = (search: AuditSearch): boolean => Object.keys(search).length > 0
