import { randomUUID } from 'node:crypto'
import type { AgentId, TaskId, TenantId } from '@cadre/contract'
import type { Message } from '#platform/broker/broker.ts'
import {
  deleteMessages,
  extendLocks,
  insertMessages,
  releaseMessages,
} from '#platform/broker/postgres-broker-store.ts'
import type { Tx } from '#platform/db/db.ts'
import { findAdmitted, readmit, unadmit } from '#platform/outbox/outbox-store.ts'
import { anyTask } from '../../../test/support/any-task.ts'
import { messageTo } from '../../../test/support/message-form.ts'
import { describeWidths, type Widening } from '../../../test/support/plan-work.ts'
import {
  claimsOf,
  completionsOf,
  createClaimedTasks,
  createTasks,
  type WideRows,
} from '../../../test/support/wide-rows.ts'
import { lockInProgress, writeFailures, type JudgedFailure } from './failure-store.ts'
import { findGoverned, isAnyGoverned, lockGovernors, putBack } from './governed-claim-store.ts'
import { purgeQuarantined, redriveQuarantined } from './redrive-store.ts'
import { cancelStepTasks, forbidRetries, runsOfTasks } from './run-task-store.ts'
import { claimDue, completeHeld, extendLeases } from './task-store.ts'
import { lockExpired, writeExpiries } from './time-limit-store.ts'

// What is done to a hundred tasks at once must cost each of them what it costs one of ten.

const now = new Date('2026-01-02T00:00:00Z')
const later = new Date(now.getTime() + 60_000)
const of: WideRows = {
  tenantId: randomUUID() as TenantId,
  agentId: randomUUID() as AgentId,
  queue: 'tasks.queue.0',
  now,
  later,
}
const DONE = Array.from({ length: 500 }, () => randomUUID())
const OTHERS = Array.from({ length: 400 }, () => randomUUID())
const ofOthers: WideRows = { ...of, queue: 'tasks.queue.1' }
const CONSUMER = randomUUID()

type Ids = readonly string[]
const taskIds = (ids: Ids) => ids as readonly TaskId[]
const create = (tx: Tx, ids: Ids) => createTasks(tx, of, ids)
const createClaimed = (tx: Tx, ids: Ids) => createClaimedTasks(tx, of, ids)

const messages = (ids: Ids): Message[] =>
  ids.map((id) => messageTo(of.queue, id, null, { id, tenantId: of.tenantId, expiresAt: later }))
const publish = (tx: Tx, ids: Ids, consumers: ReadonlyMap<string, string> = new Map()) =>
  insertMessages(tx, messages(ids), now, { consumers, lockedUntil: later })
const publishLocked = (tx: Tx, ids: Ids) =>
  publish(tx, ids, new Map(ids.map((id) => [id, CONSUMER])))
/** Places of messages are given as they are stored: the last ones are these. */
const placesOf = async (tx: Tx, ids: Ids): Promise<number[]> => {
  const rows = await tx.query<{ seq: number }>(
    'select seq from broker_messages where id = any ($1::uuid[])',
    [ids],
  )
  return rows.map(({ seq }) => seq)
}

const failures = (ids: Ids, runAt: Date | null): JudgedFailure[] =>
  ids.map((id) => ({
    task: { ...anyTask(of.tenantId, now), id: id as TaskId, assignedAgentId: of.agentId },
    outcome: 'failed',
    isCounted: true,
    category: 'retriable',
    error: 'e',
    fingerprint: 'f',
    cost: null,
    retryCount: 1,
    runAt,
    queue: 'tasks.queue.0',
    isAdmissible: true,
    isAgentLimited: false,
    execution: null,
  }))
const quarantine = async (tx: Tx, ids: Ids) => {
  await createClaimed(tx, ids)
  await writeFailures(tx, failures(ids, null), now)
}
const decision = { tenantId: of.tenantId, actor: { id: 'a', name: 'n' }, now }
const redrives = (ids: Ids) =>
  taskIds(ids).map((id) => ({
    task: { id, priority: 'medium' as const, agentId: of.agentId, concurrencyKey: null },
    queue: 'tasks.queue.0',
    isAdmissible: true,
    isAgentLimited: false,
  }))
const cancelled = { reason: 'r', now, inProgress: 'cancel' as const }

const STATEMENTS: Record<string, Widening> = {
  create: { work: create },
  claim: { seed: create, work: (tx, ids) => claimDue(tx, claimsOf(of, ids), now) },
  'claim within limits': {
    seed: create,
    work: (tx, ids) => claimDue(tx, claimsOf(of, ids), now, { judged: 'agent and queue' }),
  },
  complete: {
    seed: createClaimed,
    work: (tx, ids) => completeHeld(tx, completionsOf(of, ids), now, 'ordinary'),
  },
  'complete steps of runs': {
    seed: createClaimed,
    work: (tx, ids) => completeHeld(tx, completionsOf(of, ids), now, 'of_runs'),
  },
  heartbeat: {
    seed: createClaimed,
    work: (tx, ids) => extendLeases(tx, claimsOf(of, ids), now),
  },
  'runs of tasks': { seed: createClaimed, work: (tx, ids) => runsOfTasks(tx, taskIds(ids)) },
  'lock for a verdict': {
    seed: createClaimed,
    work: (tx, ids) => lockInProgress(tx, taskIds(ids)),
  },
  'write verdicts': {
    seed: createClaimed,
    work: (tx, ids) => writeFailures(tx, failures(ids, later), now),
  },
  quarantine: {
    seed: createClaimed,
    work: (tx, ids) => writeFailures(tx, failures(ids, null), now),
  },
  redrive: {
    seed: quarantine,
    work: (tx, ids) =>
      redriveQuarantined(tx, {
        ...decision,
        redrives: redrives(ids),
        resetsRetries: true,
        inputText: null,
      }),
  },
  purge: {
    seed: quarantine,
    work: (tx, ids) => purgeQuarantined(tx, { ...decision, taskIds: taskIds(ids), reason: null }),
  },
  'cancel steps of runs': {
    seed: createClaimed,
    work: (tx, ids) => cancelStepTasks(tx, taskIds(ids), cancelled),
  },
  'forbid retries': { seed: createClaimed, work: (tx, ids) => forbidRetries(tx, taskIds(ids)) },
  'lock expired steps': {
    seed: createClaimed,
    work: (tx, ids) => lockExpired(tx, now, { rowsMax: 500, ofRuns: taskIds(ids) }),
  },
  'write expiries': {
    seed: createClaimed,
    work: (tx, ids) =>
      writeExpiries(
        tx,
        taskIds(ids).map((taskId) => ({ taskId, error: 'e', fingerprint: 'f' })),
        now,
      ),
  },
  'see whether a limit concerns them': {
    seed: create,
    work: (tx, ids) => isAnyGoverned(tx, taskIds(ids), [of.agentId]),
  },
  'lock what limits them': {
    seed: create,
    work: (tx, ids) => lockGovernors(tx, taskIds(ids), [of.agentId]),
  },
  'find their limits': { seed: create, work: (tx, ids) => findGoverned(tx, taskIds(ids)) },
  'put back for a limit': {
    seed: create,
    work: (tx, ids) =>
      putBack(
        tx,
        taskIds(ids).map((taskId) => ({ taskId, availableAt: later })),
      ),
  },
  'see what is still admitted': {
    seed: create,
    work: (tx, ids) => findAdmitted(tx, taskIds(ids)),
  },
  'put back what was admitted': {
    seed: create,
    work: (tx, ids) => unadmit(tx, taskIds(ids), now),
  },
  're-admit': { seed: create, work: (tx, ids) => readmit(tx, taskIds(ids), now) },
  'publish messages': { work: publish },
  'acknowledge messages': {
    seed: publishLocked,
    given: placesOf,
    work: (tx, places) => deleteMessages(tx, places.map(Number)),
  },
  'keep messages locked': {
    seed: publishLocked,
    given: placesOf,
    work: (tx, places) =>
      extendLocks(tx, { consumer: CONSUMER, seqs: places.map(Number), lockedUntil: later }),
  },
  'give messages back': {
    seed: publishLocked,
    given: placesOf,
    work: (tx, places) =>
      releaseMessages(
        tx,
        places.map((place) => ({
          seq: Number(place),
          consumer: CONSUMER,
          availableAt: now,
          refusal: null,
        })),
      ),
  },
}

describeWidths(STATEMENTS, {
  idle: async (db) => {
    await db.transaction((tx) => createClaimed(tx, DONE))
    await db.transaction((tx) => completeHeld(tx, completionsOf(of, DONE), now, 'ordinary'))
  },
  busy: async (db) => {
    await db.transaction((tx) => createClaimed(tx, OTHERS.slice(0, 100)))
    await db.transaction((tx) => createTasks(tx, ofOthers, OTHERS.slice(100, 200)))
    await db.transaction((tx) => quarantine(tx, OTHERS.slice(200, 300)))
    await db.transaction((tx) => publish(tx, OTHERS.slice(300)))
  },
})
