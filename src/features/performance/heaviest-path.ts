import type { HeaviestPath } from '@cadre/contract'

/** A step of a graph without cycles. */
export interface GraphStep {
  name: string
  needs: readonly string[]
  /** Length of the longest way to it from a root, from 0. */
  depth: number
}

/**
 * The way through the graph whose steps weigh the most together; of equals, the one that comes
 * first. A step of which nothing is known weighs nothing. Null when nothing is known of any.
 */
export const heaviestPath = (
  steps: readonly GraphStep[],
  weights: ReadonlyMap<string, number>,
): HeaviestPath | null => {
  const totals = new Map<string, { total: number; before: string | null }>()
  let last: string | null = null
  for (const step of steps.toSorted((a, b) => a.depth - b.depth)) {
    const before = heaviestOf(step.needs, totals)
    const total = (weights.get(step.name) ?? 0) + (totals.get(before ?? '')?.total ?? 0)
    totals.set(step.name, { total, before })
    if (last === null || total > (totals.get(last)?.total ?? 0)) last = step.name
  }
  const total = totals.get(last ?? '')?.total ?? 0
  if (total === 0) return null
  const path: HeaviestPath['steps'] = []
  for (let name = last; name !== null; name = totals.get(name)?.before ?? null)
    path.unshift({ step: name, weight: weights.get(name) ?? null })
  return { total, steps: path }
}

const heaviestOf = (
  names: readonly string[],
  totals: ReadonlyMap<string, { total: number }>,
): string | null => {
  let heaviest: string | null = null
  for (const name of names)
    if (heaviest === null || (totals.get(name)?.total ?? 0) > (totals.get(heaviest)?.total ?? 0))
      heaviest = name
  return heaviest
}
