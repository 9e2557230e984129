import { Panel, useReactFlow } from '@xyflow/react'
import { Maximize, Minimize, Scan, ZoomIn, ZoomOut } from 'lucide-react'
import { IconButton } from '../ui/button.tsx'
import { FIT } from './graph-view.ts'

/** Zooms, shows all of the graph, and gives it the whole window. */
export const GraphControls = ({ isWide, onWide }: { isWide: boolean; onWide: () => void }) => {
  const flow = useReactFlow()
  return (
    <Panel
      position="top-right"
      className="m-2! flex rounded-lg border border-line bg-surface shadow-card"
    >
      <IconButton size="small" label="Zoom out" onClick={() => void flow.zoomOut()}>
        <ZoomOut size={14} aria-hidden />
      </IconButton>
      <IconButton size="small" label="Zoom in" onClick={() => void flow.zoomIn()}>
        <ZoomIn size={14} aria-hidden />
      </IconButton>
      <IconButton size="small" label="Show all of it" onClick={() => void flow.fitView(FIT)}>
        <Scan size={14} aria-hidden />
      </IconButton>
      <IconButton
        size="small"
        label={isWide ? 'Back to the page' : 'Fill the window'}
        onClick={onWide}
      >
        {isWide ? <Minimize size={14} aria-hidden /> : <Maximize size={14} aria-hidden />}
      </IconButton>
    </Panel>
  )
}
