import type { RunDetail } from '@cadre/contract'
import { ChartGantt, ChevronLeft, ChevronRight, Scan, ZoomIn, ZoomOut } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { useNow } from '../ui/time.tsx'
import type { GraphStep } from './graph-model.ts'
import { TimeAxis } from './time-axis.tsx'
import { part, timelineRows, wholeRange, type TimeRange } from './timeline-model.ts'
import { TimelineBarRow } from './timeline-row.tsx'
import { useAttempts } from './use-attempts.ts'

const ROWS_SHOWN = 150

/** Steps against time: what waited, what ran, what was tried again, what was undone. */
export const RunTimeline = ({ run, steps }: { run: RunDetail; steps: readonly GraphStep[] }) => {
  const now = useNow()
  const whole = wholeRange(run, now)
  const [zoom, setZoom] = useState<TimeRange | null>(null)
  const [shown, setShown] = useState(ROWS_SHOWN)
  const range = zoom ?? whole
  const all = timelineRows(steps)
  const inRange =
    zoom === null
      ? all
      : all.filter(
          ({ step }) =>
            Date.parse(step.released_at ?? '') <= range.to &&
            (step.ended_at === null || Date.parse(step.ended_at) >= range.from),
        )
  const rows = inRange.slice(0, shown)
  const attempts = useAttempts(rows.map(({ step }) => step))
  const zoomTo = (from: number, to: number) => setZoom(part(range, from, to, whole))
  return (
    <Panel
      title="Timeline"
      aside={
        <div className="flex">
          {zoom !== null && (
            <>
              <IconButton size="small" label="Earlier" onClick={() => zoomTo(-0.5, 0.5)}>
                <ChevronLeft size={14} aria-hidden />
              </IconButton>
              <IconButton size="small" label="Later" onClick={() => zoomTo(0.5, 1.5)}>
                <ChevronRight size={14} aria-hidden />
              </IconButton>
              <IconButton size="small" label="Zoom out" onClick={() => zoomTo(-0.5, 1.5)}>
                <ZoomOut size={14} aria-hidden />
              </IconButton>
            </>
          )}
          <IconButton size="small" label="Zoom in" onClick={() => zoomTo(0.25, 0.75)}>
            <ZoomIn size={14} aria-hidden />
          </IconButton>
          <IconButton
            size="small"
            label="Whole run"
            disabled={zoom === null}
            onClick={() => setZoom(null)}
          >
            <Scan size={14} aria-hidden />
          </IconButton>
        </div>
      }
    >
      {all.length === 0 ? (
        <EmptyState icon={ChartGantt} title="Nothing has begun yet">
          Steps appear here as they begin.
        </EmptyState>
      ) : (
        <>
          <TimeAxis range={range} start={whole.from} onSelect={zoomTo} />
          <ol aria-label="Steps by time" className="pb-1">
            {rows.map((row) => (
              <TimelineBarRow
                key={row.key}
                row={row}
                range={range}
                start={whole.from}
                attempts={attempts.get(row.step.id)}
                now={now}
              />
            ))}
          </ol>
          {rows.length === 0 && (
            <p className="px-4 py-6 text-sm text-faint">No step ran in this part of the time.</p>
          )}
          {inRange.length > shown && (
            <div className="flex justify-center border-t border-line py-3">
              <Button onClick={() => setShown(shown + ROWS_SHOWN)}>Show more</Button>
            </div>
          )}
          <Legend />
        </>
      )}
    </Panel>
  )
}

const LEGEND = [
  ['fill-line-strong', 'waits'],
  ['fill-accent', 'runs'],
  ['fill-good', 'done'],
  ['fill-bad', 'failed'],
  ['fill-warn', 'undoes'],
] as const

const Legend = () => (
  <ul className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-xs text-muted">
    {LEGEND.map(([tone, word]) => (
      <li key={word} className="flex items-center gap-1.5">
        <svg width={14} height={8} aria-hidden>
          <rect width={14} height={8} rx={2} className={tone} />
        </svg>
        {word}
      </li>
    ))}
  </ul>
)
