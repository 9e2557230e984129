import { Graph, layout } from '@dagrejs/dagre'
import { drawnTogether } from './compaction.ts'
import { depthsOf } from '../workflows/workflow-steps.ts'

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

const arranged = (
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

const GAP = 12
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

/** Steps of each depth side by side, in as many rows as keep the whole in proportion. */
const columns = (steps: readonly LayoutStep[], node: NodeSize): GraphLayout => {
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

const extentOf = (places: ReadonlyMap<string, Point>, node: NodeSize) => ({
  width: Math.max(0, ...[...places.values()].map(({ x }) => x)) + node.width,
  height: Math.max(0, ...[...places.values()].map(({ y }) => y)) + node.height,
})

const round = (value: number) => Math.round(value * 10) / 10

/** A line through points that leaves and arrives in the direction of the graph. */
const curve = (points: readonly Point[], direction: GraphLayout['direction']): string => {
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
