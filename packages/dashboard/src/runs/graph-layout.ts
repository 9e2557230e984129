import { arranged } from './arranged-graph.ts'
import { columns } from './column-graph.ts'
import type { GraphLayout, LayoutStep, NodeSize } from './graph-shape.ts'

/** Nodes are drawn as large as leaves the whole readable; the last size always does. */
const SIZES: readonly NodeSize[] = [
  { width: 196, height: 56 },
  { width: 164, height: 48 },
  { width: 134, height: 46 },
]
const SMALLEST: NodeSize = { width: 134, height: 46 }
const READABLE_SCALE = 0.85
/** More steps than this are drawn in the smallest size at once: each try takes its time. */
const TRIED_STEPS_MAX = 100
/** More steps than this are only put into their columns: finding short ways takes too long. */
export const ARRANGED_STEPS_MAX = 400

/**
 * Places steps in layers behind what they need, downwards or to the right: whichever shows them
 * larger in a box of this shape. Calculation only; the same steps give the same places.
 */
export const layoutGraph = (
  steps: readonly LayoutStep[],
  box: { width: number; height: number },
): GraphLayout => {
  if (steps.length > ARRANGED_STEPS_MAX) return columns(steps, SMALLEST)
  if (steps.length <= TRIED_STEPS_MAX)
    for (const node of SIZES) {
      const graph = better(steps, node, box)
      if (scaleIn(graph, box) >= READABLE_SCALE) return graph
    }
  return better(steps, SMALLEST, box)
}

const better = (
  steps: readonly LayoutStep[],
  node: NodeSize,
  box: { width: number; height: number },
): GraphLayout => {
  const down = arranged(steps, node, 'down')
  const right = arranged(steps, node, 'right')
  return scaleIn(right, box) > scaleIn(down, box) ? right : down
}

/** How large a graph can be drawn so that all of it is in sight; 1 at the most. */
export const scaleIn = (graph: GraphLayout, box: { width: number; height: number }) =>
  Math.min(1, box.width / graph.width, box.height / graph.height)
