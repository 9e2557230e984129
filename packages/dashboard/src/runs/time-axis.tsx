import { useRef, useState, type PointerEvent } from 'react'
import { formatOffset, ticksOf, type TimeRange } from './timeline-model.ts'

/** Shared by the axis and the rows, so that they line up. */
export const timelineGridClass =
  'grid grid-cols-[8.5rem_minmax(0,1fr)] gap-x-2 px-3 sm:grid-cols-[13rem_minmax(0,1fr)]'

/** As many as there is room for their words. */
export const ticksMax = () => (window.innerWidth < 640 ? 4 : 7)
/** A shorter drag is a press. */
const DRAG_FRACTION_MIN = 0.01

/** The axis of the time line. Dragging over it zooms to what was dragged over. */
export const TimeAxis = ({
  range,
  start,
  onSelect,
}: {
  range: TimeRange
  start: number
  /** Fractions of the range. */
  onSelect: (from: number, to: number) => void
}) => {
  const axis = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const fractionOf = (event: PointerEvent) => {
    const box = axis.current?.getBoundingClientRect()
    if (box === undefined) return 0
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }
  const end = () => {
    setDrag(null)
    if (drag === null || Math.abs(drag.to - drag.from) < DRAG_FRACTION_MIN) return
    onSelect(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to))
  }
  return (
    <div className={`${timelineGridClass} border-b border-line bg-sunken`}>
      <span className="self-center truncate text-xs text-faint max-sm:invisible">
        Drag the axis to zoom
      </span>
      <div
        ref={axis}
        aria-hidden
        className="relative h-8 cursor-col-resize touch-none select-none"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const from = fractionOf(event)
          setDrag({ from, to: from })
        }}
        onPointerMove={(event) => {
          const to = fractionOf(event)
          setDrag((last) => last && { ...last, to })
        }}
        onPointerUp={end}
        onPointerCancel={() => setDrag(null)}
      >
        <svg width="100%" height="100%" className="overflow-visible">
          {drag !== null && (
            <rect
              x={`${Math.min(drag.from, drag.to) * 100}%`}
              width={`${Math.abs(drag.to - drag.from) * 100}%`}
              height="100%"
              className="fill-accent/20"
            />
          )}
          {ticksOf(range, start, ticksMax()).map(({ fraction, offsetMs }) => (
            <g key={offsetMs}>
              <line
                x1={`${fraction * 100}%`}
                x2={`${fraction * 100}%`}
                y1={24}
                y2={32}
                className="stroke-line-strong"
              />
              <text
                x={`${fraction * 100}%`}
                y={18}
                textAnchor={fraction < 0.03 ? 'start' : fraction > 0.95 ? 'end' : 'middle'}
                className="fill-muted text-2xs tabular-nums"
              >
                {formatOffset(offsetMs)}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </div>
  )
}
