import { Graph, layout } from '@dagrejs/dagre'
import { drawnTogether } from './compaction.ts'
import {
  curve,
  extentOf,
  GAP,
  type GraphLayout,
  type LayoutStep,
  type NodeSize,
  type Point,
} from './graph-shape.ts'

/** Steps in layers, so that few lines cross; each line goes straight past what is between. */
export const arranged = (
  steps: readonly LayoutStep[],
  node: NodeSize,
  direction: GraphLayout['direction'],
): GraphLayout => {
  const graph = new Graph()
  graph.setGraph({
    rankdir: direction === 'down' ? 'TB' : 'LR',
    nodesep: GAP,
    edgesep: 10,
    ranksep: direction === 'down' ? (node.height < 50 ? 26 : 34) : 44,
  })
  graph.setDefaultEdgeLabel(() => ({}))
  const names = new Set(steps.map(({ name }) => name))
  for (const { name } of steps) graph.setNode(name, { ...node })
  for (const { name, needs } of steps)
    for (const need of needs) if (names.has(need)) graph.setEdge(need, name)
  layout(graph)
  const middles = new Map(
    steps.map(({ name }): [string, Point] => {
      const { x = 0, y = 0 } = graph.node(name) as Partial<Point>
      return [name, { x, y }]
    }),
  )
  const along = ({ x, y }: Point) => Math.round(direction === 'down' ? y : x)
  const layers = new Set([...middles.values()].map(along))
  const ways = graph.edges().map(({ v, w }) => ({
    id: `${v}>${w}`,
    from: v,
    to: w,
    // The ends lie on the borders of nodes, and are set where the graph's direction has them.
    // Between layers a line needs no bend of its own.
    bends: (graph.edge(v, w) as { points: Point[] }).points
      .slice(1, -1)
      .filter((point) => layers.has(along(point))),
  }))
  return drawn(middles, ways, node, direction)
}

interface Way {
  id: string
  from: string
  to: string
  bends: readonly Point[]
}

/** Room for a line that passes between nodes. */
const BEND_WIDTH = 6

/** Draws the layers together, so that a graph of many layers is not wider than its widest one. */
const drawn = (
  middles: ReadonlyMap<string, Point>,
  ways: readonly Way[],
  node: NodeSize,
  direction: GraphLayout['direction'],
): GraphLayout => {
  const isDown = direction === 'down'
  const acrossOf = ({ x, y }: Point) => (isDown ? x : y)
  const alongOf = ({ x, y }: Point) => (isDown ? y : x)
  const pointOf = (across: number, along: number): Point =>
    isDown ? { x: across, y: along } : { x: along, y: across }
  const nodeWidth = isDown ? node.width : node.height

  const layers = new Map<number, { key: string | Point; at: number; width: number }[]>()
  const place = (key: string | Point, point: Point, width: number) => {
    const along = Math.round(alongOf(point))
    const layer = layers.get(along) ?? []
    layers.set(along, layer)
    layer.push({ key, at: acrossOf(point), width })
  }
  for (const [name, point] of middles) place(name, point, nodeWidth)
  for (const { bends } of ways) for (const bend of bends) place(bend, bend, BEND_WIDTH)
  const lines = [...layers.values()].map((layer) => layer.sort((a, b) => a.at - b.at))
  const moved = new Map<string | Point, number>()
  drawnTogether(lines, GAP).forEach((line, index) =>
    line.forEach((at, place) => {
      const key = lines[index]?.[place]?.key
      if (key !== undefined) moved.set(key, at)
    }),
  )
  const leftmost = Math.min(...[...middles.keys()].map((name) => moved.get(name) ?? 0))
  const across = (key: string | Point) => (moved.get(key) ?? 0) - leftmost + nodeWidth / 2
  const lift = (isDown ? node.height : node.width) / 2
  const centre = (name: string, shift: number) =>
    pointOf(across(name), alongOf(middles.get(name) ?? { x: 0, y: 0 }) + shift)

  const places = new Map<string, Point>()
  for (const name of middles.keys()) {
    const { x, y } = centre(name, 0)
    places.set(name, { x: x - node.width / 2, y: y - node.height / 2 })
  }
  const edges = ways.map(({ id, from, to, bends }) => {
    // Straight past the nodes of a layer, so that no line cuts their corners.
    const between = bends.flatMap((bend) => [
      pointOf(across(bend), alongOf(bend) - lift),
      pointOf(across(bend), alongOf(bend) + lift),
    ])
    const points = [centre(from, lift), ...between, centre(to, -lift)]
    return { id, from, to, path: curve(points, direction) }
  })
  return { direction, places, edges, node, ...extentOf(places, node) }
}
