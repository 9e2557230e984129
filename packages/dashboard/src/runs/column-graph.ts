import { depthsOf } from '../workflows/workflow-steps.ts'
import {
  curve,
  extentOf,
  GAP,
  type GraphLayout,
  type LayoutStep,
  type NodeSize,
  type Point,
} from './graph-shape.ts'

/** Steps of each depth side by side, in as many rows as keep the whole in proportion. */
export const columns = (steps: readonly LayoutStep[], node: NodeSize): GraphLayout => {
  const depths = depthsOf(steps)
  const layers: string[][] = []
  for (const { name } of steps) (layers[depths.get(name) ?? 0] ??= []).push(name)
  const rowMax = Math.max(8, Math.ceil(Math.sqrt(steps.length)))
  const places = new Map<string, Point>()
  let y = 0
  for (const layer of layers) {
    layer.forEach((name, index) =>
      places.set(name, {
        x: (index % rowMax) * (node.width + GAP),
        y: y + Math.floor(index / rowMax) * (node.height + GAP),
      }),
    )
    y += Math.ceil(layer.length / rowMax) * (node.height + GAP) + 32
  }
  const middle = ({ x, y: top }: Point, part: number): Point => ({
    x: x + node.width / 2,
    y: top + node.height * part,
  })
  const edges = steps.flatMap(({ name, needs }) =>
    needs.flatMap((need) => {
      const from = places.get(need)
      const to = places.get(name)
      if (from === undefined || to === undefined) return []
      const path = curve([middle(from, 1), middle(to, 0)], 'down')
      return [{ id: `${need}>${name}`, from: need, to: name, path }]
    }),
  )
  return { direction: 'down', places, edges, node, ...extentOf(places, node) }
}
