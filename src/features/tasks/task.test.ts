import { TaskStatus } from '@cadre/contract'
import { expect, test } from 'vitest'
import { isFinished, nextStatus, type Transition } from './task.ts'

const TABLE: Record<Transition, Partial<Record<TaskStatus, TaskStatus>>> = {
  claim: { TODO: 'IN_PROGRESS' },
  complete: { IN_PROGRESS: 'DONE' },
  retry: { IN_PROGRESS: 'TODO' },
  quarantine: { IN_PROGRESS: 'QUARANTINED' },
  redrive: { QUARANTINED: 'TODO' },
  purge: { QUARANTINED: 'CANCELLED' },
  expire: { TODO: 'QUARANTINED', IN_PROGRESS: 'QUARANTINED' },
  cancel: { TODO: 'CANCELLED', IN_PROGRESS: 'CANCELLED', QUARANTINED: 'CANCELLED' },
}

for (const [name, allowed] of Object.entries(TABLE) as [Transition, (typeof TABLE)[Transition]][])
  for (const status of TaskStatus.options)
    test(`${name}: from ${status} → ${allowed[status] ?? 'not allowed'}`, () => {
      expect(nextStatus(status, name)).toBe(allowed[status] ?? null)
    })

test('finished: no transition leaves it', () => {
  for (const status of TaskStatus.options.filter(isFinished))
    for (const name of Object.keys(TABLE) as Transition[])
      expect(nextStatus(status, name)).toBeNull()
})
