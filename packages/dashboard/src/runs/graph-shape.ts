export interface LayoutStep {
  name: string
  needs: readonly string[]
}

export interface Point {
  x: number
  y: number
}

export interface GraphLayout {
  direction: 'down' | 'right'
  /** Upper left corners by name. */
  places: ReadonlyMap<string, Point>
  edges: readonly LayoutEdge[]
  width: number
  height: number
  node: NodeSize
}

export interface LayoutEdge {
  id: string
  from: string
  to: string
  /** Of an SVG path. */
  path: string
}

export interface NodeSize {
  width: number
  height: number
}

/** Between nodes that stand side by side. */
export const GAP = 12

/** The room that nodes at these places take. */
export const extentOf = (places: ReadonlyMap<string, Point>, node: NodeSize) => ({
  width: Math.max(0, ...[...places.values()].map(({ x }) => x)) + node.width,
  height: Math.max(0, ...[...places.values()].map(({ y }) => y)) + node.height,
})

const round = (value: number) => Math.round(value * 10) / 10

/** A line through points that leaves and arrives in the direction of the graph. */
export const curve = (points: readonly Point[], direction: GraphLayout['direction']): string => {
  const [first] = points
  if (first === undefined) return ''
  let path = `M${round(first.x)},${round(first.y)}`
  for (let index = 1; index < points.length; index++) {
    const from = points[index - 1]
    const to = points[index]
    if (from === undefined || to === undefined) continue
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
    const bends =
      direction === 'down' ? [from.x, middle.y, to.x, middle.y] : [middle.x, from.y, middle.x, to.y]
    path += `C${[...bends, to.x, to.y].map(round).join(',')}`
  }
  return path
}
