import { expect, test } from 'vitest'
import { changesOf } from './audit-changes.ts'

test.each([
  ['created → all fields, without before', null, { name: 'a' }, [['name', undefined, 'a']]],
  ['deleted → all fields, without after', { name: 'a' }, null, [['name', 'a', undefined]]],
  [
    'changed → what differs only',
    { role: 'viewer', name: 'a', tags: [1] },
    { role: 'admin', name: 'a', tags: [1] },
    [['role', 'viewer', 'admin']],
  ],
  ['no object → the value as a whole', 1, 'two', [['value', '1', 'two']]],
  [
    'name of a prototype → a field as any other',
    {},
    { constructor: 1 },
    [['constructor', undefined, '1']],
  ],
  ['nothing told → nothing', null, null, []],
] as const)('%s', (_, before, after, changes) => {
  const found = changesOf(before as never, after as never)
  expect(found.map((change) => [change.field, change.before, change.after])).toEqual(changes)
})
