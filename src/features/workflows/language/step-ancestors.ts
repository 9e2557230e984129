import { orderSteps } from '../step-order.ts'

const BITS = 32

/** Answers whether a step has ended before another one starts: whether it is needed, near or far. */
export const createAncestors = (steps: readonly { name: string; needs: readonly string[] }[]) => {
  let table: ReadonlyMap<string, Uint32Array> | null = null
  const numbers = new Map(steps.map(({ name }, index) => [name, index]))
  const byName = new Map(steps.map((step) => [step.name, step]))

  /** One bit per step: 10,000 steps take 12 MB for the moment of a check. */
  const build = (): ReadonlyMap<string, Uint32Array> => {
    const words = Math.ceil(steps.length / BITS)
    const ancestors = new Map<string, Uint32Array>()
    for (const name of orderSteps(steps).sorted) {
      const own = new Uint32Array(words)
      for (const need of byName.get(name)?.needs ?? []) {
        const number = numbers.get(need)
        if (number === undefined) continue
        const further = ancestors.get(need)
        for (let word = 0; further !== undefined && word < words; word += 1)
          own[word] = (own[word] ?? 0) | (further[word] ?? 0)
        const place = Math.floor(number / BITS)
        own[place] = (own[place] ?? 0) | (1 << (number % BITS))
      }
      ancestors.set(name, own)
    }
    return ancestors
  }

  return {
    has: (name: string): boolean => numbers.has(name),
    names: (): Iterable<string> => numbers.keys(),
    /** False for steps of a cycle, of which none ends before another. */
    isBefore: (earlier: string, later: string): boolean => {
      if (byName.get(later)?.needs.includes(earlier) === true) return true
      table ??= build()
      const number = numbers.get(earlier)
      if (number === undefined) return false
      const word = table.get(later)?.[Math.floor(number / BITS)] ?? 0
      return (word & (1 << (number % BITS))) !== 0
    },
  }
}
export type Ancestors = ReturnType<typeof createAncestors>
