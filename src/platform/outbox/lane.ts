import type { AgentId } from '@cadre/contract'

/**
 * Names what, beside its queue, may hold a row back: an agent with a limit, a key, or both. Rows of
 * one lane are held back together. Null where nothing does.
 */
export const laneOf = (limitedAgentId: AgentId | null, key: string | null): string | null =>
  limitedAgentId === null && key === null ? null : `${limitedAgentId ?? ''}/${key ?? ''}`
