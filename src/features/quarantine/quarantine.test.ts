import type { FailureCategory, TaskId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AgentRecord } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, tracesOf, type Engine } from '../../../test/support/engine.ts'
import {
  createQuarantineService,
  type QuarantineService,
  type Walk,
  type WalkOutcome,
} from './quarantine-service.ts'
import { listGroups, listInbox, totalsOfQuarantine, type InboxFilter } from './quarantine-store.ts'

const KEEP = { resetsRetries: true, inputText: null }
const EVERY_GROUP = { fingerprint: null, agentId: null, category: null, text: null, behind: null }

describe.each(DIALECTS)('quarantine on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let agent: AgentRecord
  let quarantine: QuarantineService
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
    agent = await engine.newAgent(['sums'])
    quarantine = createQuarantineService({ ...engine, callTasksMax: 1_200 })
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })
  afterEach(() => purgeAll())

  const purgeAll = async () => {
    for (let next = walkOf({}); ;) {
      const outcome = await quarantine.purgeMany(engine.owner, next, null)
      if (outcome.next === null) break
      next = { ...next, behind: outcome.next }
    }
    expect(await totalsOfQuarantine(db)).toEqual({ groups: 0, tasks: 0 })
  }
  const walkOf = (filter: InboxFilter): Walk => ({
    filter,
    until: engine.clock.now(),
    behind: null,
  })
  const groups = (query: object = {}) =>
    listGroups(db, engine.owner.tenantId, { ...EVERY_GROUP, limit: 100, ...query })
  const inbox = (filter: InboxFilter = {}) =>
    listInbox(db, engine.owner.tenantId, { filter, order: 'oldest', behind: null, limit: 1_000 })
  const fail = async (
    taskId: TaskId,
    error: string,
    category: FailureCategory = 'permanent',
    by = agent,
  ) => {
    const { attemptToken: token } = await engine.claim(taskId, by)
    const report = { taskId, agent: by, token, retryAfterMs: null, cost: null }
    return engine.reports.fail({ ...report, category, error })
  }
  const quarantined = async (error: string, by = agent) => {
    const task = await engine.newTask(by, { max_retries: 5 })
    return fail(task.id, error, 'permanent', by)
  }

  test('permanent failure → in the inbox at once, in a group that opened', async () => {
    const task = await quarantined('no ledger 17')
    expect(await inbox()).toMatchObject([{ task: { id: task.id, status: 'QUARANTINED' } }])
    const [group] = await groups()
    expect(group).toMatchObject({
      category: 'permanent',
      error: 'no ledger 17',
      tasks: 1,
      agents: [{ agentId: agent.id, tasks: 1 }],
      agentsAffected: 1,
    })
    expect(await openings()).toHaveLength(1)
  })
  const openings = () =>
    db.query<{ data: { fingerprint: string; tasks: number } }>(
      `select data from events where type = 'quarantine.group_opened' order by id desc limit 1`,
    )
  const openedCount = async () =>
    (await db.query(`select 1 from events where type = 'quarantine.group_opened'`)).length

  test('failures that look alike → one group with counts, agents, latest error', async () => {
    const other = await engine.newAgent()
    const before = await openedCount()
    await quarantined('alike 1')
    engine.clock.advance(1_000)
    await quarantined('alike 2')
    await quarantined('alike 3', other)
    await quarantined('apart')
    const found = await groups()
    expect(found.map(({ tasks }) => tasks).sort()).toEqual([1, 3])
    expect(found.find(({ tasks }) => tasks === 3)).toMatchObject({
      error: 'alike 3',
      agentsAffected: 2,
      agents: [
        { agentId: agent.id, tasks: 2 },
        { agentId: other.id, tasks: 1 },
      ],
    })
    expect((await openedCount()) - before).toBe(2)
    expect(await groups({ agentId: other.id })).toHaveLength(1)
    expect(await groups({ text: 'APART' })).toHaveLength(1)
    expect(await groups({ category: 'timeout' })).toEqual([])
  })

  test('group emptied, then another failure → opens anew', async () => {
    const task = await quarantined('again and again')
    const [first] = await groups()
    const before = await openedCount()
    await quarantine.redriveOne(engine.owner, task.id, KEEP)
    expect(await groups()).toEqual([])
    engine.clock.advance(1_000)
    await fail(task.id, 'again and again')
    expect((await openedCount()) - before).toBe(1)
    const [anew] = await groups()
    expect(anew).toMatchObject({ fingerprint: first?.fingerprint, tasks: 1, total: 2 })
    expect(anew?.openedAt.getTime()).toBe(engine.clock.now().getTime())
    expect(anew?.firstSeenAt).toEqual(first?.firstSeenAt)
  })

  test('redrive → due at once, retries from zero, attempts go on', async () => {
    const { id } = await quarantined('once more')
    const task = await quarantine.redriveOne(engine.owner, id, KEEP)
    expect(task).toMatchObject({ status: 'TODO', retryCount: 0, attempt: 1, assignedAgentId: null })
    const before = await tracesOf(db, id)
    expect(before.outbox).toMatchObject([{ state: 'waiting', queue: `tasks.agent.${agent.id}` }])
    expect(before.events.at(-1)).toBe('task.redriven')
    await fail(id, 'once more again')
    const { attempts } = await tracesOf(db, id)
    expect(attempts).toEqual([
      { attempt: 1, outcome: 'failed' },
      { attempt: 2, outcome: 'failed' },
    ])
  })

  test('time over while nobody took it → in the inbox; redriven, its time counts anew', async () => {
    const task = await engine.newTask({ capability: 'sums' }, { timeouts: { total_seconds: 60 } })
    engine.clock.advance(61_000)
    await engine.timeLimits.sweep()
    expect(await inbox()).toMatchObject([{ task: { id: task.id, lastErrorCategory: 'timeout' } }])
    expect(await groups()).toMatchObject([{ tasks: 1, agents: [], category: 'timeout' }])
    await quarantine.redriveOne(engine.owner, task.id, KEEP)
    await engine.timeLimits.sweep()
    expect((await tracesOf(db, task.id)).task).toMatchObject({ status: 'TODO' })
    engine.clock.advance(61_000)
    await engine.timeLimits.sweep()
    expect((await tracesOf(db, task.id)).task).toMatchObject({ status: 'QUARANTINED' })
  })

  test('redrive without a reset → the count of failures stands', async () => {
    const { id } = await quarantined('keep count')
    const how = { resetsRetries: false, inputText: null }
    expect(await quarantine.redriveOne(engine.owner, id, how)).toMatchObject({ retryCount: 1 })
  })

  test.each([
    ['{"a":[2]}', { a: [2] }],
    ['null', null],
  ] as const)('redrive with input %s → the agent gets it', async (inputText, input) => {
    const { id } = await fail((await engine.newTask(agent, { input: { a: 1 } })).id, 'bad input')
    await quarantine.redriveOne(engine.owner, id, { resetsRetries: true, inputText })
    expect((await engine.claim(id, agent)).input).toEqual(input)
  })

  test('redrive: by capability → due in its queue; agent disabled → held', async () => {
    const byCapability = await engine.newTask({ capability: 'sums' })
    await fail(byCapability.id, 'held or not')
    const off = await engine.newAgent()
    const ofDisabled = await quarantined('held or not', off)
    await engine.agents.disable(off)
    await quarantine.redriveMany(engine.owner, walkOf({}), true)
    expect((await tracesOf(db, byCapability.id)).outbox).toMatchObject([{ state: 'waiting' }])
    expect((await tracesOf(db, ofDisabled.id)).outbox).toMatchObject([{ state: 'held' }])
  })

  test('redrive: agent deleted → stays in quarantine, said so', async () => {
    const gone = await engine.newAgent()
    const { id } = await quarantined('orphan', gone)
    await engine.agents.remove(gone)
    await expect(quarantine.redriveOne(engine.owner, id, KEEP)).rejects.toMatchObject({
      code: 'quarantine.agent_deleted',
    })
    const outcome = await quarantine.redriveMany(engine.owner, walkOf({}), true)
    expect(outcome).toEqual({ matched: 1, changed: 0, next: null })
    expect(await inbox()).toHaveLength(1)
  })

  test('redrive, purge: not in quarantine → 409; of another tenant → 404', async () => {
    const task = await engine.newTask(agent)
    const stranger = { ...engine.owner, tenantId: crypto.randomUUID() as typeof task.tenantId }
    const { id } = await quarantined('not theirs')
    for (const [principal, taskId, code] of [
      [engine.owner, task.id, 'quarantine.not_quarantined'],
      [stranger, id, 'task.not_found'],
    ] as const) {
      await expect(quarantine.redriveOne(principal, taskId, KEEP)).rejects.toMatchObject({ code })
      await expect(quarantine.purgeOne(principal, taskId, null)).rejects.toMatchObject({ code })
    }
    const outcome = await quarantine.redriveMany(stranger, walkOf({}), true)
    expect(outcome).toMatchObject({ matched: 0, changed: 0 })
    expect(await inbox()).toHaveLength(1)
  })

  test('purge → CANCELLED, out of the inbox, history kept, who did it is noted', async () => {
    const { id } = await quarantined('not worth it')
    const task = await quarantine.purgeOne(engine.owner, id, 'known defect')
    expect(task).toMatchObject({ status: 'CANCELLED', lastError: 'not worth it' })
    expect(await inbox()).toEqual([])
    const { attempts, outbox } = await tracesOf(db, id)
    expect(attempts).toEqual([{ attempt: 1, outcome: 'failed' }])
    expect(outbox).toEqual([])
    const [event] = await db.query(
      `select data from events where subject_id = $1 and type = 'task.purged'`,
      [id],
    )
    expect(event).toMatchObject({
      data: { message: 'known defect', actor_id: engine.owner.id, actor_name: engine.owner.name },
    })
  })

  test('cancel of a quarantined task → leaves inbox and group', async () => {
    const { id, tenantId } = await quarantined('cancelled instead')
    await engine.reports.cancel(tenantId, id, null)
    expect(await inbox()).toEqual([])
    expect(await groups()).toEqual([])
  })

  test('many: filter → only what matches; fails again meanwhile → not met twice', async () => {
    const kept = await quarantined('keep me')
    const tasks = [await quarantined('drive 1'), await quarantined('drive 2')]
    const [group] = await groups({ text: 'drive' })
    const filter = { fingerprint: group?.fingerprint }
    const steps = walkOf(filter)
    expect(await quarantine.count(engine.owner.tenantId, steps)).toBe(2)
    expect(await quarantine.redriveMany(engine.owner, steps, true)).toMatchObject({ changed: 2 })
    engine.clock.advance(1)
    for (const { id } of tasks) await fail(id, 'drive 3')
    expect(await quarantine.redriveMany(engine.owner, steps, true)).toMatchObject({ matched: 0 })
    expect((await inbox()).map(({ task }) => task.id)).toContain(kept.id)
    expect(await quarantine.count(engine.owner.tenantId, walkOf({}))).toBe(3)
  })

  test('many: more than a call takes → goes on behind it, each once', async () => {
    const small = createQuarantineService({ ...engine, callTasksMax: 3 })
    for (let n = 0; n < 7; n++) await quarantined(`many ${n}`)
    const steps = walkOf({})
    const changed: number[] = []
    for (let behind: Walk['behind'] | undefined = null; behind !== undefined;) {
      const outcome: WalkOutcome = await small.redriveMany(engine.owner, { ...steps, behind }, true)
      changed.push(outcome.changed)
      behind = outcome.next ?? undefined
    }
    expect(changed).toEqual([3, 3, 1])
    expect(await inbox()).toEqual([])
  })

  test('many at once by several people → each task redriven once', async () => {
    const ids: TaskId[] = []
    for (let n = 0; n < 40; n++) ids.push((await quarantined(`race ${n % 3}`)).id)
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => quarantine.redriveMany(engine.owner, walkOf({}), true)),
    )
    expect(outcomes.reduce((sum, { changed }) => sum + changed, 0)).toBe(40)
    for (const id of ids) {
      const { task, outbox, events } = await tracesOf(db, id)
      expect(task).toMatchObject({ status: 'TODO' })
      expect(outbox).toHaveLength(1)
      expect(events.filter((type) => type === 'task.redriven')).toHaveLength(1)
    }
    expect(await groups()).toEqual([])
  })

  test('any history of failures, redrives, purges and cancels → groups count what is there', async () => {
    const step = fc.record({
      what: fc.constantFrom('fail', 'fail', 'redrive', 'redriveMany', 'purge', 'cancel'),
      which: fc.nat(),
      error: fc.constantFrom('first kind', 'second kind', 'third kind'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await purgeAll()
        for (const { what, which, error } of steps) {
          const present = await inbox()
          const chosen = present[which % (present.length || 1)]?.task
          if (what === 'fail') await quarantined(error)
          else if (what === 'redriveMany')
            await quarantine.redriveMany(
              engine.owner,
              walkOf({ fingerprint: present[0]?.fingerprint ?? '' }),
              true,
            )
          else if (chosen !== undefined && what === 'redrive')
            await quarantine.redriveOne(engine.owner, chosen.id, KEEP)
          else if (chosen !== undefined && what === 'purge')
            await quarantine.purgeOne(engine.owner, chosen.id, null)
          else if (chosen !== undefined)
            await engine.reports.cancel(chosen.tenantId, chosen.id, null)
        }
        const there = Map.groupBy(await inbox(), ({ fingerprint }) => fingerprint)
        const counted = new Map((await groups()).map((group) => [group.fingerprint, group]))
        expect([...counted.keys()].sort()).toEqual([...there.keys()].sort())
        for (const [fingerprint, tasks] of there) {
          expect(counted.get(fingerprint)?.tasks).toBe(tasks.length)
          expect(counted.get(fingerprint)?.agents).toEqual([
            { agentId: agent.id, tasks: tasks.length },
          ])
        }
        const [row] = await db.query<{ count: number }>(
          `select count(*) as count from tasks where status = 'QUARANTINED'`,
        )
        expect(row?.count).toBe((await inbox()).length)
      }),
      { numRuns: 15 },
    )
  })
})
