interface OrderedStep {
  name: string
  needs: readonly string[]
}

export interface StepOrder {
  /** Length of the longest way to a step from one that needs none. Steps of a cycle are left out. */
  depths: ReadonlyMap<string, number>
  /** Names of the steps that need a step. */
  dependents: ReadonlyMap<string, readonly string[]>
  /** Names so that each comes behind all that it needs. Steps of a cycle are left out. */
  sorted: readonly string[]
}

/** Kahn's algorithm: linear in steps and needs, and no recursion. Unknown needs are passed over. */
export const orderSteps = (steps: readonly OrderedStep[]): StepOrder => {
  const dependents = new Map<string, string[]>(steps.map(({ name }) => [name, []]))
  const waitingFor = new Map<string, number>()
  for (const { name, needs } of steps) {
    const known = needs.filter((need) => dependents.has(need))
    waitingFor.set(name, known.length)
    for (const need of known) dependents.get(need)?.push(name)
  }
  const sorted = steps.map(({ name }) => name).filter((name) => waitingFor.get(name) === 0)
  const depths = new Map(sorted.map((name) => [name, 0]))
  // The list grows while it is gone through.
  for (const name of sorted)
    for (const dependent of dependents.get(name) ?? []) {
      depths.set(dependent, Math.max(depths.get(dependent) ?? 0, (depths.get(name) ?? 0) + 1))
      const left = (waitingFor.get(dependent) ?? 0) - 1
      waitingFor.set(dependent, left)
      if (left === 0) sorted.push(dependent)
    }
  return { depths, dependents, sorted }
}

/** One cycle, from a step back to itself; null where there is none. Linear. */
export const findCycle = (steps: readonly OrderedStep[], order: StepOrder): string[] | null => {
  const sorted = new Set(order.sorted)
  const stuck = new Map(
    steps.filter(({ name }) => !sorted.has(name)).map((step) => [step.name, step]),
  )
  // Every stuck step needs another stuck one, so following them must come round.
  const seen = new Map<string, number>()
  const trail: string[] = []
  let [name] = stuck.keys()
  while (name !== undefined) {
    const first = seen.get(name)
    if (first !== undefined) return [...trail.slice(first), name].toReversed()
    seen.set(name, trail.length)
    trail.push(name)
    name = stuck.get(name)?.needs.find((need) => stuck.has(need))
  }
  return null
}
