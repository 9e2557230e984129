import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { TenantId } from '@cadre/contract'
import { createTestDatabase } from '../../../test/support/databases.ts'
import type { DeadLetter } from './broker.ts'
import { insertDeadLetters } from './dead-letter-store.ts'

test('insert: a letter that came before → kept once, as it came first', async () => {
  const database = await createTestDatabase('pglite')
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
    await insertDeadLetters(db, [letter])
    await insertDeadLetters(db, [{ ...letter, reason: 'again' }, other])
    expect(
      await db.query('select reason, source, history from dead_letters order by reason'),
    ).toEqual([
      { reason: 'first', source: 'rabbitmq', history: letter.history },
      { reason: 'other', source: 'rabbitmq', history: letter.history },
    ])
  } finally {
    await database.drop()
  }
})
