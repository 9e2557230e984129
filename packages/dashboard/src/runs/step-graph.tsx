import {
  BaseEdge,
  Handle,
  MiniMap,
  Panel as FlowPanel,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react'
import { Maximize, Minimize, Scan, ZoomIn, ZoomOut } from 'lucide-react'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { graphHeightClass } from './graph-height.ts'
import { layoutGraph, type GraphLayout } from './graph-layout.ts'
import { edgeState, type GraphStep } from './graph-model.ts'
import { stepShape } from './state-icon.tsx'
import { StepNode } from './step-node.tsx'

type StepNodeData = { graphStep: GraphStep; isDense: boolean; onSelect: (name: string) => void }
type FlowStep = Node<StepNodeData, 'step'>
type FlowEdge = Edge<{ path: string }, 'way'>

export interface StepGraphProps {
  steps: readonly GraphStep[]
  selected: string | undefined
  onSelect: (name: string) => void
  label: string
}

/** Beyond this, steps out of sight are not drawn. */
const DRAWN_STEPS_MAX = 150
/** A map of the whole helps where not all of it is in sight. */
const MAPPED_STEPS_MIN = 20
/** Smaller than this the first view shows a part of the graph rather than all of it. */
const READABLE_ZOOM = 0.55
const FIT = { padding: 0.06, maxZoom: 1, minZoom: READABLE_ZOOM } as const
const WHOLE = { padding: 0.06, maxZoom: 1 } as const

/** The steps of a run or of a definition as a graph that is redrawn as they change. */
export const StepGraph = (props: StepGraphProps) => {
  const [isWide, setWide] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  // Where nothing is measured yet, the shape of a common screen.
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  useEffect(() => {
    const { clientWidth: width = 0, clientHeight: height = 0 } = box.current ?? {}
    setSize({ width, height })
  }, [isWide])
  useEscape(isWide, () => setWide(false))
  return (
    <div
      ref={box}
      className={cx(
        'bg-sunken',
        isWide ? 'fixed inset-0 z-40' : cx('relative', graphHeightClass(props.steps.length)),
      )}
    >
      {size !== null && (
        <ReactFlowProvider key={String(isWide)}>
          <Flow {...props} box={size} isWide={isWide} onWide={() => setWide(!isWide)} />
        </ReactFlowProvider>
      )}
    </div>
  )
}

const useEscape = (isActive: boolean, onEscape: () => void) =>
  useEffect(() => {
    if (!isActive) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onEscape()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })

interface FlowProps extends StepGraphProps {
  box: { width: number; height: number }
  isWide: boolean
  onWide: () => void
}

const Flow = ({ steps, selected, onSelect, label, box, isWide, onWide }: FlowProps) => {
  // The places depend on what needs what, which no event of a run changes.
  const shape = JSON.stringify(steps.map(({ name, needs }) => [name, needs]))
  const graph = useMemo(() => layoutGraph(steps, box), [shape, box])
  const nodes = useNodes(steps, graph, selected, onSelect)
  const edges = useMemo(() => edgesOf(steps, graph), [steps, graph])
  return (
    <ReactFlow
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView
      fitViewOptions={FIT}
      minZoom={0.1}
      maxZoom={1.5}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      onlyRenderVisibleElements={steps.length > DRAWN_STEPS_MAX}
      zoomOnScroll={false}
      preventScrolling={false}
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
    >
      {steps.length >= MAPPED_STEPS_MIN && (
        <MiniMap
          pannable
          ariaLabel="Map of the graph"
          nodeClassName={mapClass}
          nodeBorderRadius={6}
          className="max-md:hidden!"
        />
      )}
      <Controls isWide={isWide} onWide={onWide} />
    </ReactFlow>
  )
}

const useNodes = (
  steps: readonly GraphStep[],
  graph: GraphLayout,
  selected: string | undefined,
  onSelect: (name: string) => void,
): FlowStep[] => {
  const latest = useRef(onSelect)
  useEffect(() => {
    latest.current = onSelect
  })
  const [select] = useState(() => (name: string) => latest.current(name))
  return useMemo(
    () => steps.map((step) => nodeOf(step, graph, step.name === selected, select)),
    [steps, graph, selected, select],
  )
}

/** With its size and handles told, a node need not be measured, and never flickers. */
const nodeOf = (
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

const edgesOf = (steps: readonly GraphStep[], graph: GraphLayout): FlowEdge[] => {
  const byName = new Map(steps.map((step) => [step.name, step]))
  return graph.edges.flatMap(({ id, from, to, path }) => {
    const source = byName.get(from)
    const target = byName.get(to)
    if (source === undefined || target === undefined) return []
    const className = `edge-${edgeState(source, target)}`
    return [{ id, source: from, target: to, type: 'way' as const, data: { path }, className }]
  })
}

const FlowNode = memo(({ data, selected }: NodeProps<FlowStep>) => (
  <>
    <Handle type="target" position={Position.Top} isConnectable={false} />
    <StepNode {...data} isSelected={selected} />
    <Handle type="source" position={Position.Bottom} isConnectable={false} />
  </>
))
const Way = memo(({ data }: EdgeProps<FlowEdge>) => (
  <BaseEdge path={data?.path ?? ''} interactionWidth={0} />
))
const NODE_TYPES = { step: FlowNode }
const EDGE_TYPES = { way: Way }

const MAP_TONES: Partial<Record<ReturnType<typeof stepShape>, string>> = {
  running: 'fill-accent!',
  asking: 'fill-warn!',
  done: 'fill-good!',
  failed: 'fill-bad!',
  held: 'fill-bad!',
}
const mapClass = ({ data }: FlowStep) =>
  MAP_TONES[stepShape(data.graphStep.step)] ?? 'fill-line-strong!'

const Controls = ({ isWide, onWide }: { isWide: boolean; onWide: () => void }) => {
  const flow = useReactFlow()
  return (
    <FlowPanel
      position="top-right"
      className="m-2! flex rounded-lg border border-line bg-surface shadow-card"
    >
      <IconButton size="small" label="Zoom out" onClick={() => void flow.zoomOut()}>
        <ZoomOut size={14} aria-hidden />
      </IconButton>
      <IconButton size="small" label="Zoom in" onClick={() => void flow.zoomIn()}>
        <ZoomIn size={14} aria-hidden />
      </IconButton>
      <IconButton size="small" label="Show all of it" onClick={() => void flow.fitView(WHOLE)}>
        <Scan size={14} aria-hidden />
      </IconButton>
      <IconButton
        size="small"
        label={isWide ? 'Back to the page' : 'Fill the window'}
        onClick={onWide}
      >
        {isWide ? <Minimize size={14} aria-hidden /> : <Maximize size={14} aria-hidden />}
      </IconButton>
    </FlowPanel>
  )
}
