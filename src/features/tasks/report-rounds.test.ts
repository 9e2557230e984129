import type { TaskId } from '@cadre/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachInOwnRound, inRounds } from './report-rounds.ts'

const groups = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'))
  .map((ids) => ids.map((id, place) => ({ taskId: id as TaskId, place })))

test('rounds: any group → each report once, no task twice in a round, order kept', () => {
  fc.assert(
    fc.property(groups, (group) => {
      const rounds = inRounds(group)
      for (const round of rounds)
        expect(new Set(round.map(({ taskId }) => taskId)).size).toBe(round.length)
      for (const id of ['a', 'b', 'c', 'd'])
        expect(rounds.flat().filter(({ taskId }) => taskId === id)).toEqual(
          group.filter(({ taskId }) => taskId === id),
        )
    }),
  )
})

test('rounds: only the first report on a task counts → only it gets an answer', async () => {
  const ended = new Set<string>()
  const group = ['a', 'b', 'a', 'a'].map((id) => ({ taskId: id as TaskId }))
  const answers = await eachInOwnRound(group, async (round) => {
    const fresh = round.filter(({ taskId }) => !ended.has(taskId))
    for (const { taskId } of fresh) ended.add(taskId)
    return new Map(fresh.map(({ taskId }) => [taskId, `done ${taskId}`]))
  })
  expect(answers).toEqual(['done a', 'done b', null, null])
})
