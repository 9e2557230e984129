import type { AuditActor, AuditDecision, TenantId } from '@cadre/contract'
import type { Caller } from '#platform/web/caller.ts'
import { currentCaller } from '#platform/web/caller.ts'
import type { Principal } from '#platform/web/context.ts'

/** What is to be recorded. Values need no care: they are bounded, escaped and rid of secrets here. */
export interface AuditedAct {
  tenantId: TenantId
  at: Date
  /** A verb on a noun, such as `agent.disable`. */
  action: string
  resource: { kind: string; id?: string | null; name?: string | null }
  /** Default `allowed`. */
  decision?: AuditDecision
  /** What it was and is now: a few telling fields, never a payload. */
  before?: unknown
  after?: unknown
  /** Default: whoever's request is being answered. */
  by?: Perpetrator
}

/** Who did it, and from where; kept by work that is put off until others join in. */
export interface Perpetrator {
  actor: AuditActor
  caller: Caller | null
}

const SYSTEM: AuditActor = { id: null, name: 'cadre', kind: 'system', role: null }
const UNKNOWN: AuditActor = { id: null, name: 'unknown', kind: 'unknown', role: null }

/** @param principal who acts, where that is not (yet) the one whose request it is */
export const currentPerpetrator = (principal?: Principal): Perpetrator => {
  const caller = currentCaller()
  const acting = principal ?? caller?.principal ?? null
  if (acting !== null) return { actor: actorOf(acting), caller }
  return { actor: caller === null ? SYSTEM : UNKNOWN, caller }
}

const actorOf = ({ id, name, kind, role }: Principal): AuditActor => ({ id, name, kind, role })
