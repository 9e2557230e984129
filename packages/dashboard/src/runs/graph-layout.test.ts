import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spread } from './compaction.ts'
import { ARRANGED_STEPS_MAX, layoutGraph } from './graph-layout.ts'
import type { GraphLayout, LayoutStep } from './graph-shape.ts'

const BOX = { width: 970, height: 600 }

/** A directed graph without cycles: each step needs some of those before it. */
const graphs = (stepsMax: number) =>
  fc
    .array(fc.array(fc.nat(stepsMax), { maxLength: 3 }), { minLength: 1, maxLength: stepsMax })
    .map((needs): LayoutStep[] =>
      needs.map((each, index) => ({
        name: `s${index}`,
        needs: index === 0 ? [] : [...new Set(each.map((need) => `s${need % index}`))],
      })),
    )

const overlaps = ({ places, node }: GraphLayout): string[] => {
  const all = [...places]
  return all.flatMap(([name, a], index) =>
    all
      .slice(index + 1)
      .filter(
        ([, b]) =>
          Math.abs(a.x - b.x) < node.width - 0.01 && Math.abs(a.y - b.y) < node.height - 0.01,
      )
      .map(([other]) => `${name} ${other}`),
  )
}

const expectSound = (steps: readonly LayoutStep[], layout: GraphLayout) => {
  expect([...layout.places.keys()].sort()).toEqual(steps.map(({ name }) => name).sort())
  expect(overlaps(layout)).toEqual([])
  const along = (name: string) => layout.places.get(name)?.[layout.direction === 'down' ? 'y' : 'x']
  for (const { name, needs } of steps)
    for (const need of needs) expect(along(need)).toBeLessThan(along(name) ?? 0)
  expect(layout.edges).toHaveLength(steps.reduce((sum, { needs }) => sum + needs.length, 0))
  for (const { x, y } of layout.places.values()) {
    expect(x).toBeGreaterThanOrEqual(-0.01)
    expect(x + layout.node.width).toBeLessThanOrEqual(layout.width + 0.01)
    expect(y + layout.node.height).toBeLessThanOrEqual(layout.height + 0.01)
  }
}

test('any graph → every step behind what it needs, none over another, all lines drawn', () => {
  fc.assert(
    fc.property(graphs(40), (steps) => expectSound(steps, layoutGraph(steps, BOX))),
    { numRuns: 40 },
  )
})

test('more steps than are arranged → in columns, soundly all the same', () => {
  const steps = Array.from({ length: ARRANGED_STEPS_MAX + 100 }, (_, index) => ({
    name: `s${index}`,
    needs: index === 0 ? [] : [`s${Math.floor((index - 1) / 30)}`],
  }))
  expectSound(steps, layoutGraph(steps, BOX))
})

describe('direction and size', () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, index) => ({
      name: `s${index}`,
      needs: index === 0 ? [] : [`s${index - 1}`],
    }))

  test('a chain in a wide box → to the right; in a phone’s → downwards', () => {
    expect(layoutGraph(chain(4), { width: 970, height: 288 }).direction).toBe('right')
    expect(layoutGraph(chain(4), { width: 340, height: 600 }).direction).toBe('down')
  })

  test('few steps → large nodes; fifty in layers → smaller ones that stay readable', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => ({
      name: `s${index}`,
      needs: index < 6 ? [] : [`s${index - 6}`],
    }))
    const box = { width: 970, height: 704 }
    expect(layoutGraph(chain(3), box).node.width).toBe(196)
    const layout = layoutGraph(fifty, box)
    expect(layout.node.width).toBeLessThan(196)
    expect(Math.min(box.width / layout.width, box.height / layout.height)).toBeGreaterThan(0.75)
  })

  test('the same steps → the same places', () => {
    const places = () => [...layoutGraph(chain(12), BOX).places]
    expect(places()).toEqual(places())
  })
})

test('a need that is no step → no line, nothing breaks', () => {
  const layout = layoutGraph([{ name: 'a', needs: ['gone'] }], BOX)
  expect(layout.edges).toEqual([])
  expect(layout.places.size).toBe(1)
})

test('no steps → an empty picture', () => {
  expect(layoutGraph([], BOX).places.size).toBe(0)
})

describe('spreading', () => {
  test('room enough → nothing moves', () => {
    expect(
      spread(
        [
          { at: 0, width: 10 },
          { at: 100, width: 10 },
        ],
        5,
      ),
    ).toEqual([0, 100])
  })

  test('two on one spot → pushed apart alike', () => {
    expect(
      spread(
        [
          { at: 50, width: 10 },
          { at: 50, width: 10 },
        ],
        4,
      ),
    ).toEqual([43, 57])
  })

  test('any line → order and gaps kept', () => {
    const stretches = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 500 }), width: fc.integer({ min: 1, max: 80 }) }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(stretches, (line) => {
        const sorted = line.toSorted((a, b) => a.at - b.at)
        const moved = spread(sorted, 6)
        for (const [index, at] of moved.entries()) {
          const before = moved[index - 1]
          const [last, here] = [sorted[index - 1], sorted[index]]
          if (before === undefined || last === undefined || here === undefined) continue
          expect(at - before).toBeGreaterThanOrEqual((last.width + here.width) / 2 + 6 - 1e-6)
        }
      }),
    )
  })
})
