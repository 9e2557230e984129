import { useReactFlow, useStore } from '@xyflow/react'
import { useEffect, useEffectEvent, useRef } from 'react'
import { scaleIn } from './graph-layout.ts'
import type { GraphLayout } from './graph-shape.ts'
import { FIT, READABLE_ZOOM } from './graph-view.ts'

/**
 * Keeps what matters in sight when the room of the graph changes, as when a step opens beside it:
 * all of the graph where that is readable, else the chosen step.
 */
export const Refit = ({
  graph,
  selected,
}: {
  graph: GraphLayout
  selected: string | undefined
}) => {
  const flow = useReactFlow()
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const lastWidth = useRef(0)
  const refit = useEffectEvent(() => {
    if (scaleIn(graph, { width, height }) >= READABLE_ZOOM) return void flow.fitView(FIT)
    const place = graph.places.get(selected ?? '')
    if (place === undefined) return
    const middle = [place.x + graph.node.width / 2, place.y + graph.node.height / 2] as const
    void flow.setCenter(...middle, { zoom: flow.getZoom() })
  })
  useEffect(() => {
    // The first size is that of the first view.
    if (lastWidth.current !== 0 && width !== 0 && lastWidth.current !== width) refit()
    lastWidth.current = width
  }, [width])
  return null
}
