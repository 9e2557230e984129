import {
  BaseEdge,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type EdgeProps,
  type NodeProps,
} from '@xyflow/react'
import { memo, useEffect, useMemo, useRef, useState, type FocusEvent } from 'react'
import { cx } from '../ui/cx.ts'
import { GraphControls } from './graph-controls.tsx'
import { edgesOf, mapClass, nodeOf, type FlowEdge, type FlowStep } from './graph-elements.ts'
import { FIT, READABLE_ZOOM } from './graph-view.ts'
import { graphHeightClass } from './graph-height.ts'
import { layoutGraph, scaleIn } from './graph-layout.ts'
import type { GraphLayout } from './graph-shape.ts'
import type { GraphStep } from './graph-model.ts'
import { isStepOpen } from './run-words.ts'
import { Refit } from './refit.tsx'
import { StepNode } from './step-node.tsx'

export interface StepGraphProps {
  steps: readonly GraphStep[]
  selected: string | undefined
  onSelect: (name: string) => void
  label: string
}

/** Beyond this, steps out of sight are not drawn. */
const DRAWN_STEPS_MAX = 150
/** The map draws all of them, whatever is in sight. */
const MAPPED_STEPS_MAX = 1_000
const MARGIN_PX = 48

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
          <Flow
            {...props}
            // What is known of a step stands beside the graph, not over it.
            onSelect={(name) => {
              setWide(false)
              props.onSelect(name)
            }}
            box={size}
            isWide={isWide}
            onWide={() => setWide(!isWide)}
          />
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
  const edges = useMemo(() => edgesOf(steps, graph, selected), [steps, graph, selected])
  return (
    <ReactFlow
      aria-label={label}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      {...firstView(steps, graph, box)}
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
      {steps.length <= MAPPED_STEPS_MAX && scaleIn(graph, box) < READABLE_ZOOM && (
        <MiniMap
          pannable
          ariaLabel="Map of the graph"
          nodeClassName={mapClass}
          nodeBorderRadius={6}
          className="max-md:hidden!"
        />
      )}
      <Refit graph={graph} selected={selected} />
      <GraphControls isWide={isWide} onWide={onWide} />
    </ReactFlow>
  )
}

/** All of the graph where that is readable; else the part of it where something goes on. */
const firstView = (
  steps: readonly GraphStep[],
  graph: GraphLayout,
  box: { width: number; height: number },
) => {
  if (scaleIn(graph, box) >= READABLE_ZOOM) return { fitView: true, fitViewOptions: FIT }
  const active = steps.find(({ step }) => step !== null && isStepOpen(step.status)) ?? steps[0]
  const place = graph.places.get(active?.name ?? '') ?? { x: 0, y: 0 }
  const middle = (place.x + graph.node.width / 2) * READABLE_ZOOM
  const defaultViewport = {
    x: box.width / 2 - middle,
    y: MARGIN_PX - place.y * READABLE_ZOOM,
    zoom: READABLE_ZOOM,
  }
  return { defaultViewport }
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

const FlowNode = memo(({ id, data, selected }: NodeProps<FlowStep>) => {
  const flow = useReactFlow()
  /** The keyboard may reach a step that is out of sight. */
  const bringIntoSight = (event: FocusEvent<HTMLElement>) => {
    const box = event.currentTarget.closest('.react-flow')?.getBoundingClientRect()
    if (box === undefined || !event.target.matches(':focus-visible')) return
    const { left, right, top, bottom } = event.target.getBoundingClientRect()
    const isInSight =
      left >= box.left && right <= box.right && top >= box.top && bottom <= box.bottom
    const node = flow.getNode(id)
    if (isInSight || node === undefined) return
    const { x, y } = node.position
    const middle = [x + (node.width ?? 0) / 2, y + (node.height ?? 0) / 2] as const
    void flow.setCenter(...middle, { zoom: flow.getZoom() })
  }
  return (
    <div className="size-full" onFocus={bringIntoSight}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <StepNode {...data} isSelected={selected} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  )
})
const Way = memo(({ data }: EdgeProps<FlowEdge>) => (
  <BaseEdge path={data?.path ?? ''} interactionWidth={0} />
))
const NODE_TYPES = { step: FlowNode }
const EDGE_TYPES = { way: Way }
