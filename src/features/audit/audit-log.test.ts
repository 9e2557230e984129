import { randomUUID } from 'node:crypto'
import {
  auditHash,
  AUDIT_GENESIS,
  createChainCheck,
  CHAIN_START,
  type AuditRecord,
  type TenantId,
} from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { onBehalfOf, type Caller } from '#platform/web/caller.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { recordAlone, recordWithin, sha256 } from './audit-log.ts'
import { removeOldAuditRecords } from './audit-retention.ts'
import { readChain } from './audit-store.ts'
import type { AuditedAct } from './audited-act.ts'
import { exportChain } from './export-chain.ts'
import { verifyChain } from './verify-chain.ts'
import { anyText } from '../../../test/support/any-text.ts'

const newTenant = () => randomUUID() as TenantId
const actOf = (tenantId: TenantId, name: string, at = systemClock.now()): AuditedAct => ({
  tenantId,
  at,
  action: 'agent.disable',
  resource: { kind: 'agent', id: randomUUID(), name },
  before: { is_enabled: true },
  after: { is_enabled: false, name },
})
const verify = (db: Db, tenantId: TenantId) => verifyChain(db, tenantId, { afterSeq: null })
const all = (db: Db, tenantId: TenantId) =>
  readChain(db, tenantId, { afterSeq: 0, untilSeq: Number.MAX_SAFE_INTEGER, limit: 10_000 })
/** Every second one on behalf of a request, the others by the platform itself. */
const fill = async (db: Db, tenantId: TenantId, names: readonly string[]) => {
  for (const [index, name] of names.entries()) {
    const record = () => recordAlone(db, actOf(tenantId, name))
    await (index % 2 === 0 ? record() : onBehalfOf(() => callerOf(tenantId, name), record))
  }
}
const callerOf = (tenantId: TenantId, userAgent: string): Caller => ({
  principal: {
    id: randomUUID(),
    tenantId,
    kind: 'user',
    name: userAgent,
    role: 'admin',
    scopes: null,
  },
  ip: '192.0.2.1',
  userAgent,
  requestId: 'request-1',
  route: 'POST /api/v1/agents/:id/disable',
})

describe.each(DIALECTS)('%s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterAll(() => database.drop())

  /** What only an intruder with every right at the database can do. */
  const tamper = (sql: string, parameters: (string | number)[] = []) =>
    db.transaction(async (tx) => {
      await tx.query(`set local session_replication_role = 'replica'`)
      await tx.query(sql, parameters)
    })

  test('recorded one after another → numbered from 1, each with the hash of the one before', async () => {
    const tenantId = newTenant()
    await fill(db, tenantId, ['a', 'b', 'c'])
    const records = await all(db, tenantId)
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(records.map((record) => record.previous_hash)).toEqual([
      AUDIT_GENESIS,
      records[0]?.hash,
      records[1]?.hash,
    ])
    expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 3, last_seq: 3 })
  })

  test('transaction rolled back → neither the change nor a record, and no gap', async () => {
    const tenantId = newTenant()
    await fill(db, tenantId, ['a'])
    const failing = db.transaction(async (tx) => {
      await recordWithin(tx, actOf(tenantId, 'undone'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await fill(db, tenantId, ['b'])
    expect((await all(db, tenantId)).map(({ resource }) => resource.name)).toEqual(['a', 'b'])
    expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 2 })
  })

  test('writers at the same time, several connections and tenants → one chain each, without gaps', async () => {
    const others = dialect === 'postgres' ? [await database.open(), await database.open()] : []
    const tenants = [newTenant(), newTenant()]
    const writers = [db, ...others]
    const writes = writers.flatMap((writer, place) =>
      tenants.flatMap((tenantId) =>
        Array.from({ length: 20 }, (_, index) =>
          recordAlone(writer, actOf(tenantId, `${place}-${index}`)),
        ),
      ),
    )
    await Promise.all(writes)
    for (const tenantId of tenants) {
      expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 20 * writers.length })
      const names = (await all(db, tenantId)).map(({ resource }) => resource.name)
      expect(new Set(names).size).toBe(20 * writers.length)
    }
  })

  test('update, delete, truncate, moving the head back → the database refuses', async () => {
    const tenantId = newTenant()
    await fill(db, tenantId, ['a', 'b'])
    for (const sql of [
      `update audit_records set actor_name = 'nobody'`,
      'delete from audit_records',
      'truncate audit_records',
    ])
      await expect(db.query(sql)).rejects.toThrow('append-only')
    for (const sql of [
      'update audit_heads set seq = seq - 1',
      `update audit_heads set hash = 'other'`,
      'update audit_heads set removed_seq = seq + 1',
      'delete from audit_heads',
      'truncate audit_heads',
    ])
      await expect(db.query(sql)).rejects.toThrow('only moves forward')
    expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 2 })
  })

  test('a random record changed, deleted, swapped, or forged anew → always found', async () => {
    const columns = [
      'actor_name',
      'action',
      'resource_id',
      'resource_name',
      'ip',
      'user_agent',
      'request_id',
      'route',
      'previous_hash',
      'hash',
    ] as const
    const tampering = fc.oneof(
      fc.record({ kind: fc.constant('text' as const), column: fc.constantFrom(...columns) }),
      fc.record({ kind: fc.constantFrom('at', 'after', 'actor_id', 'decision', 'role') }),
      fc.record({ kind: fc.constantFrom('delete', 'swap', 'forge', 'insert', 'head') }),
    )
    const name = anyText({ maxLength: 30 })
    const names = fc.array(name, { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(names, tampering, fc.nat(), async (given, how, where) => {
        const tenantId = newTenant()
        await fill(db, tenantId, given)
        expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: given.length })
        const seq = (where % given.length) + 1
        const at = [tenantId, seq]
        if (how.kind === 'text')
          await tamper(
            `update audit_records set ${how.column} = concat(${how.column}, 'x')
             where tenant_id = $1 and seq = $2`,
            at,
          )
        else await tamperBy(how.kind, { tenantId, seq, last: given.length })
        const found = await verify(db, tenantId)
        expect([how, found.ok]).toEqual([how, false])
        expect(found.broken?.seq).toBeLessThanOrEqual(given.length + 1)
      }),
      { numRuns: 30 },
    )
  })

  const CHANGES: Readonly<Record<string, string>> = {
    at: `at = at + interval '1 millisecond'`,
    after: `after = '{"is_enabled":true}'`,
    actor_id: 'actor_id = tenant_id',
    decision: `decision = 'denied'`,
    role: `actor_role = concat(actor_role, 'admin')`,
  }
  const tamperBy = async (
    kind: string,
    { tenantId, seq, last }: { tenantId: TenantId; seq: number; last: number },
  ): Promise<void> => {
    const at = [tenantId, seq]
    const change = CHANGES[kind]
    if (change !== undefined)
      return void (await tamper(
        `update audit_records set ${change} where tenant_id = $1 and seq = $2`,
        at,
      ))
    if (kind === 'delete')
      return void (await tamper('delete from audit_records where tenant_id = $1 and seq = $2', at))
    if (kind === 'head')
      return void (await tamper('delete from audit_heads where tenant_id = $1', [tenantId]))
    if (kind === 'insert')
      return void (await tamper(
        `insert into audit_records select tenant_id, $3, at, actor_id, actor_name, actor_kind,
           actor_role, action, resource_kind, resource_id, resource_name, decision, ip, user_agent,
           request_id, route, before, after, hash, hash
         from audit_records where tenant_id = $1 and seq = $2`,
        [tenantId, seq, last + 1],
      ))
    const other = seq === last ? seq - 1 : seq + 1
    if (kind === 'swap') {
      await tamper('update audit_records set seq = 0 where tenant_id = $1 and seq = $2', at)
      await tamper('update audit_records set seq = $2 where tenant_id = $1 and seq = $3', [
        tenantId,
        seq,
        other,
      ])
      await tamper('update audit_records set seq = $2 where tenant_id = $1 and seq = 0', [
        tenantId,
        other,
      ])
      return
    }
    // Changed with a hash that fits it: what follows, or the head, gives it away.
    const record = (await all(db, tenantId)).find((one) => one.seq === seq) as AuditRecord
    const forged = { ...record, action: 'nothing.happened' }
    await tamper(
      'update audit_records set action = $3, hash = $4 where tenant_id = $1 and seq = $2',
      [tenantId, seq, forged.action, auditHash(forged, sha256)],
    )
  }

  test('retention → the oldest go, the chain begins behind them and stays sound', async () => {
    const tenantId = newTenant()
    const old = new Date('2020-01-01T00:00:00Z')
    for (const name of ['a', 'b', 'c']) await recordAlone(db, actOf(tenantId, name, old))
    await fill(db, tenantId, ['d'])
    // Recorded with a clock that was behind: it stays, for what came before it stays.
    await recordAlone(db, actOf(tenantId, 'e', old))
    const remove = removeOldAuditRecords(db)
    const before = new Date('2021-01-01T00:00:00Z')
    expect(await remove(before, 2)).toBe(2)
    expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 3, first_seq: 3 })
    expect(await remove(before, 100)).toBe(1)
    expect(await remove(before, 100)).toBe(0)
    expect(await verify(db, tenantId)).toMatchObject({ ok: true, checked: 2, first_seq: 4 })
    await tamper('delete from audit_records where tenant_id = $1 and seq = 4', [tenantId])
    expect(await verify(db, tenantId)).toMatchObject({ ok: false, broken: { seq: 4 } })
  })

  test('more than one call may check → each goes on where the one before stopped', async () => {
    const tenantId = newTenant()
    await fill(db, tenantId, ['a', 'b', 'c', 'd', 'e'])
    const first = await verifyChain(db, tenantId, { afterSeq: null, recordsMax: 2 })
    expect(first).toMatchObject({ ok: true, checked: 2, next_seq: 2 })
    const rest = await verifyChain(db, tenantId, { afterSeq: first.next_seq, recordsMax: 10 })
    expect(rest).toMatchObject({ ok: true, checked: 3, first_seq: 3, last_seq: 5, next_seq: null })
  })

  test('export → lines that check out by themselves, and their end', async () => {
    const tenantId = newTenant()
    await fill(db, tenantId, ['a\nb', '\u0000', '{"x":1}', '\ud800'])
    let text = ''
    for await (const chunk of exportChain(db, tenantId, null))
      text += new TextDecoder().decode(chunk)
    const lines = text.trimEnd().split('\n')
    const end = JSON.parse(lines.pop() ?? '') as { chain: { to_seq: number; to_hash: string } }
    const check = createChainCheck(sha256, CHAIN_START)
    for (const line of lines) expect(check.next(JSON.parse(line) as AuditRecord)).toBeNull()
    expect(lines).toHaveLength(4)
    expect(end.chain).toMatchObject({ from_seq: 0, to_seq: 4, to_hash: check.place.hash })
  })

  test('another tenant → its chain knows nothing of this one', async () => {
    const [own, other] = [newTenant(), newTenant()]
    await fill(db, own, ['a'])
    expect(await all(db, other)).toEqual([])
    expect(await verify(db, other)).toMatchObject({ ok: true, checked: 0, last_seq: 0 })
  })
})
