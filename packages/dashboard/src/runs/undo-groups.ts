import type { RunStep } from '@cadre/contract'
import { depthsOf } from '../workflows/workflow-steps.ts'
import type { GraphStep } from './graph-model.ts'

export interface UndoGroup {
  depth: number
  pairs: { title: string; action: RunStep | null; undo: RunStep }[]
}

/** Compensations in the order of undoing: the deepest steps first, equally deep ones together. */
export const undoGroups = (steps: readonly GraphStep[], undos: readonly RunStep[]): UndoGroup[] => {
  const depths = depthsOf(steps)
  const byName = new Map(steps.map((step) => [step.name, step]))
  const groups = new Map<number, UndoGroup>()
  for (const undo of undos) {
    const depth = depths.get(undo.step) ?? 0
    const group = groups.get(depth) ?? { depth, pairs: [] }
    groups.set(depth, group)
    const graphStep = byName.get(undo.step)
    group.pairs.push({
      title: graphStep?.title ?? undo.step,
      action: graphStep?.step ?? null,
      undo,
    })
  }
  return [...groups.values()].sort((a, b) => b.depth - a.depth)
}
