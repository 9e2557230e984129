import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { TenantId } from '@cadre/contract'
import { createTestDatabase } from '../../../test/support/databases.ts'
import type { DeadLetter } from './broker.ts'
import { insertDeadLetters } from './dead-letter-store.ts'

test('insert: a letter that came before → kept once, as it came first', async () => {
  const database = await createTestDatabase('postgres')
  try {
    const db = await database.open()
    const moment = new Date('2026-01-01T00:00:00Z')
    const letter: DeadLetter = {
      message: {
        id: randomUUID(),
        tenantId: randomUUID() as TenantId,
        queue: 'tasks.wasm',
        headers: {},
      },
      source: 'rabbitmq',
      reason: 'first',
      deliveries: 2,
      history: [{ at: moment.toISOString(), reason: 'earlier' }],
      enqueuedAt: moment,
      diedAt: moment,
    }
    const other = { ...letter, message: { ...letter.message, id: randomUUID() }, reason: 'other' }
    const bury = (...letters: DeadLetter[]) =>
      db.transaction((tx) => insertDeadLetters(tx, letters))
    await bury(letter)
    await bury({ ...letter, reason: 'again' }, other)
    expect(
      await db.query('select reason, source, history from dead_letters order by reason'),
    ).toEqual([
      { reason: 'first', source: 'rabbitmq', history: letter.history },
      { reason: 'other', source: 'rabbitmq', history: letter.history },
    ])
    const { id, tenantId } = letter.message
    const told = await db.query('select tenant_id, subject_id, data from events order by id')
    expect(told).toMatchObject([
      { tenant_id: tenantId, subject_id: id, data: { queue: 'tasks.wasm', error: 'first' } },
      { subject_id: other.message.id },
    ])
  } finally {
    await database.drop()
  }
})

test('insert: a letter of nobody known → kept, and the log that tenants read says nothing', async () => {
  const database = await createTestDatabase('postgres')
  try {
    const db = await database.open()
    const moment = new Date('2026-01-01T00:00:00Z')
    await db.transaction((tx) =>
      insertDeadLetters(tx, [
        {
          message: { id: randomUUID(), tenantId: null, queue: 'tasks.wasm', headers: 'no JSON' },
          source: 'rabbitmq',
          reason: 'cannot be read',
          deliveries: 1,
          history: [],
          enqueuedAt: moment,
          diedAt: moment,
        },
      ]),
    )
    expect(await db.query('select 1 from dead_letters')).toHaveLength(1)
    expect(await db.query('select 1 from events')).toEqual([])
  } finally {
    await database.drop()
  }
})
