import { Position, type Edge, type Node } from '@xyflow/react'
import type { GraphLayout } from './graph-shape.ts'
import { edgeState, type GraphStep } from './graph-model.ts'
import { stepShape } from './state-icon.tsx'

// Steps and their needs as React Flow draws them.

export type FlowStep = Node<
  { graphStep: GraphStep; isDense: boolean; onSelect: (name: string) => void },
  'step'
>
export type FlowEdge = Edge<{ path: string }, 'way'>

/** With its size and handles told, a node need not be measured, and never flickers. */
export const nodeOf = (
  graphStep: GraphStep,
  { places, node, direction }: GraphLayout,
  selected: boolean,
  onSelect: (name: string) => void,
): FlowStep => ({
  id: graphStep.name,
  type: 'step',
  position: places.get(graphStep.name) ?? { x: 0, y: 0 },
  data: { graphStep, isDense: node.height < 50, onSelect },
  selected,
  ...node,
  measured: node,
  handles: handlesOf(node, direction),
})

const handlesOf = ({ width, height }: GraphLayout['node'], direction: GraphLayout['direction']) =>
  direction === 'down'
    ? [
        {
          type: 'target' as const,
          position: Position.Top,
          x: width / 2,
          y: 0,
          width: 1,
          height: 1,
        },
        {
          type: 'source' as const,
          position: Position.Bottom,
          x: width / 2,
          y: height,
          width: 1,
          height: 1,
        },
      ]
    : [
        {
          type: 'target' as const,
          position: Position.Left,
          x: 0,
          y: height / 2,
          width: 1,
          height: 1,
        },
        {
          type: 'source' as const,
          position: Position.Right,
          x: width,
          y: height / 2,
          width: 1,
          height: 1,
        },
      ]

/** More lines than this at once tell nobody anything: then only those of the chosen step are drawn. */
const LINES_MAX = 600

export const edgesOf = (
  steps: readonly GraphStep[],
  graph: GraphLayout,
  selected: string | undefined,
): FlowEdge[] => {
  const isCrowded = graph.edges.length > LINES_MAX
  const byName = new Map(steps.map((step) => [step.name, step]))
  return graph.edges.flatMap(({ id, from, to, path }) => {
    if (isCrowded && from !== selected && to !== selected) return []
    const source = byName.get(from)
    const target = byName.get(to)
    if (source === undefined || target === undefined) return []
    const className = `edge-${edgeState(source, target)}`
    return [{ id, source: from, target: to, type: 'way' as const, data: { path }, className }]
  })
}

const MAP_TONES: Partial<Record<ReturnType<typeof stepShape>, string>> = {
  running: 'fill-accent!',
  asking: 'fill-warn!',
  done: 'fill-good!',
  failed: 'fill-bad!',
  held: 'fill-bad!',
}
/** The colour of a step on the map of the graph. */
export const mapClass = ({ data }: FlowStep) =>
  MAP_TONES[stepShape(data.graphStep.step)] ?? 'fill-line-strong!'
