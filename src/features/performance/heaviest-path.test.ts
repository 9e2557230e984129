import fc from 'fast-check'
import { expect, test } from 'vitest'
import { heaviestPath, type GraphStep } from './heaviest-path.ts'

const graph = fc
  .array(fc.record({ needs: fc.array(fc.nat(20), { maxLength: 3 }), weight: fc.nat(50) }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((plans) => {
    const steps: GraphStep[] = []
    for (const [index, plan] of plans.entries()) {
      const needs = index === 0 ? [] : [...new Set(plan.needs.map((need) => `s${need % index}`))]
      const above = steps.filter(({ name }) => needs.includes(name)).map(({ depth }) => depth)
      steps.push({ name: `s${index}`, needs, depth: Math.max(-1, ...above) + 1 })
    }
    return { steps, weights: new Map(plans.map(({ weight }, index) => [`s${index}`, weight])) }
  })

/** Every way from a root down, one by one. */
const allPaths = (steps: readonly GraphStep[]): string[][] => {
  const upTo = (name: string): string[][] => {
    const needs = steps.find((step) => step.name === name)?.needs ?? []
    return needs.length === 0
      ? [[name]]
      : needs.flatMap((need) => upTo(need).map((path) => [...path, name]))
  }
  return steps.flatMap(({ name }) => upTo(name))
}

test('the heaviest of all ways, and a way indeed', () => {
  fc.assert(
    fc.property(graph, ({ steps, weights }) => {
      const weightOf = (path: readonly string[]) =>
        path.reduce((sum, name) => sum + (weights.get(name) ?? 0), 0)
      const heaviest = Math.max(...allPaths(steps).map(weightOf))
      const found = heaviestPath(steps.toReversed(), weights)
      if (heaviest === 0) {
        expect(found).toBeNull()
        return
      }
      const names = found?.steps.map(({ step }) => step) ?? []
      expect(found?.total).toBe(heaviest)
      expect(allPaths(steps)).toContainEqual(names)
      expect(weightOf(names)).toBe(heaviest)
    }),
    { numRuns: 500 },
  )
})

test('a step of which nothing is known: weighs nothing, and says so', () => {
  const steps = [
    { name: 'a', needs: [], depth: 0 },
    { name: 'b', needs: ['a'], depth: 1 },
  ]
  expect(heaviestPath(steps, new Map([['b', 5]]))).toEqual({
    total: 5,
    steps: [
      { step: 'a', weight: null },
      { step: 'b', weight: 5 },
    ],
  })
  expect(heaviestPath(steps, new Map())).toBeNull()
})
