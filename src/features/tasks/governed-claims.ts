import type { AttemptToken, TaskId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { started, startableAtUs } from '#platform/outbox/rate.ts'
import {
  findAgentRooms,
  findGoverned,
  isAnyGoverned,
  lockGovernors,
  putBack,
  writeRate,
  type GovernedRow,
  type PutBack,
} from './governed-claim-store.ts'
import { claimDue, type Claim, type StartedTask } from './task-store.ts'

/** A claim together with what its process knows of the agent. */
export interface GovernedClaim extends Claim {
  /** The agent may have so many tasks in progress and no more; may be a second out of date. */
  isAgentLimited: boolean
}

/** Why a limit refused a claim. */
export type LimitRefusal = 'paused' | 'not_admitted' | 'rate' | 'agent'

export interface RefusedByLimit {
  limit: LimitRefusal
  queue: string
  /** When the limit may let it through, where that is known. */
  availableAt: Date | null
}

export interface ClaimOutcome {
  task: StartedTask | null
  refusal: RefusedByLimit | null
}

const US_PER_MS = 1_000
/** A task for any agent of a capability looks for one with room again after so long. */
const ANY_AGENT_PAUSE_MS = 1_000

/**
 * Claims due tasks. Those of queues and agents without limits take one statement, as if there
 * were no limits anywhere. For the rest, what must be exact is decided behind a lock:
 *
 * - Concurrency of a queue or a key: what was admitted has a place, and a claim turns it into
 *   one in progress, so only what is admitted is claimed.
 * - The rate of a queue and the concurrency of an agent: counted at the claim, one at a time.
 */
export const claimWithinLimits = async (
  db: Db,
  claims: readonly GovernedClaim[],
  clock: Clock,
): Promise<ClaimOutcome[]> => {
  const free = claims.filter((claim) => !claim.isAgentLimited)
  const claimed =
    free.length === 0 ? new Map<AttemptToken, StartedTask>() : await claimDue(db, free, clock.now())
  const left = claims.filter((claim) => !claimed.has(claim.token))
  const settled = left.length === 0 ? NONE : await claimLeft(db, left, clock)
  return claims.map(({ token }) => ({
    task: claimed.get(token) ?? settled.claimed.get(token) ?? null,
    refusal: settled.refusals.get(token) ?? null,
  }))
}

interface Settled {
  claimed: ReadonlyMap<AttemptToken, StartedTask>
  refusals: ReadonlyMap<AttemptToken, RefusedByLimit>
}
const NONE: Settled = { claimed: new Map(), refusals: new Map() }

const claimLeft = async (
  db: Db,
  claims: readonly GovernedClaim[],
  clock: Clock,
): Promise<Settled> => {
  const agentIds = [...new Set(claims.map((claim) => claim.agentId))]
  const isUngoverned =
    claims.every((claim) => !claim.isAgentLimited) &&
    !(await isAnyGoverned(db, idsOf(claims), agentIds))
  if (isUngoverned) return NONE
  return db.transaction(async (tx) => {
    await lockGovernors(tx, idsOf(claims), agentIds)
    const rows = await findGoverned(tx, idsOf(claims))
    const agentRooms = await findAgentRooms(tx, agentIds)
    // Not before: what makes room for a start has to be recorded as ended before it.
    const now = clock.now()
    const verdicts = judge(claims, {
      rows: new Map(rows.map((row) => [row.taskId, row])),
      agentRooms,
      nowUs: now.getTime() * US_PER_MS,
    })
    const claimed = new Map<AttemptToken, StartedTask>()
    for (const isGoverned of [false, true]) {
      const group = verdicts.granted.filter(({ row }) => row.isGoverned === isGoverned)
      if (group.length === 0) continue
      const taken = await claimDue(
        tx,
        group.map(({ claim }) => claim),
        now,
        { judged: isGoverned ? 'agent and queue' : 'agent' },
      )
      for (const [token, task] of taken) claimed.set(token, task)
    }
    for (const [queue, nextUs] of ratesAfter(verdicts.granted, claimed, now))
      await writeRate(tx, queue, nextUs)
    if (verdicts.putBack.length > 0) await putBack(tx, verdicts.putBack)
    return { claimed, refusals: verdicts.refusals }
  })
}

interface Verdicts {
  granted: { claim: GovernedClaim; row: GovernedRow }[]
  refusals: Map<AttemptToken, RefusedByLimit>
  putBack: PutBack[]
}

/** One verdict after the other, each taking its place from those that follow. */
const judge = (
  claims: readonly GovernedClaim[],
  present: {
    rows: ReadonlyMap<TaskId, GovernedRow>
    agentRooms: ReadonlyMap<string, number>
    nowUs: number
  },
): Verdicts => {
  const verdicts: Verdicts = { granted: [], refusals: new Map(), putBack: [] }
  const { nowUs } = present
  const rooms = new Map(present.agentRooms)
  const nexts = new Map<string, number>()
  const seen = new Set<TaskId>()
  for (const claim of claims) {
    const row = present.rows.get(claim.taskId)
    if (row === undefined || seen.has(claim.taskId)) continue
    seen.add(claim.taskId)
    const { queue, rate } = row
    const room = rooms.get(claim.agentId) ?? Infinity
    const nextUs = nexts.get(queue) ?? row.nextUs
    const startableUs = rate === null ? nowUs : startableAtUs(rate, nextUs)
    const refuse = (limit: LimitRefusal, availableUs: number) => {
      const availableAt = new Date(Math.ceil(availableUs / US_PER_MS))
      const isKnown = limit === 'rate'
      verdicts.refusals.set(claim.token, {
        limit,
        queue,
        availableAt: isKnown ? availableAt : null,
      })
      if (row.isPublished) verdicts.putBack.push({ taskId: claim.taskId, availableAt })
    }
    if (row.isPaused) refuse('paused', nowUs)
    else if (row.isGoverned && !row.isAdmitted && startableUs <= nowUs)
      refuse('not_admitted', nowUs)
    else if (room <= 0) refuse('agent', nowUs + ANY_AGENT_PAUSE_MS * US_PER_MS)
    else if (startableUs > nowUs) refuse('rate', startableUs)
    else {
      verdicts.granted.push({ claim, row })
      rooms.set(claim.agentId, room - 1)
      if (rate !== null) nexts.set(queue, started(rate, nextUs, nowUs))
    }
  }
  return verdicts
}

/** Only what started counts: a granted claim may still have come too late. */
const ratesAfter = (
  granted: Verdicts['granted'],
  claimed: ReadonlyMap<AttemptToken, StartedTask>,
  now: Date,
): Map<string, number> => {
  const nexts = new Map<string, number>()
  for (const { claim, row } of granted) {
    if (row.rate === null || !claimed.has(claim.token)) continue
    const nextUs = nexts.get(row.queue) ?? row.nextUs
    nexts.set(row.queue, started(row.rate, nextUs, now.getTime() * US_PER_MS))
  }
  return nexts
}

const idsOf = (claims: readonly Claim[]): TaskId[] => claims.map((claim) => claim.taskId)
