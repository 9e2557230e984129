import type { RunDetail } from '@cadre/contract'
import { useNavigate } from '@tanstack/react-router'
import { ScrolledSegments } from '../ui/segments.tsx'
import type { RunView } from './run-search.ts'

const LABELS: Record<RunView, string> = {
  graph: 'Graph',
  timeline: 'Timeline',
  undo: 'Undoing',
  data: 'Data',
  history: 'History',
}

/** What of the run is shown. A step that is open stays open. */
export const RunViews = ({ run, view }: { run: RunDetail; view: RunView }) => {
  const navigate = useNavigate()
  const views = (Object.keys(LABELS) as RunView[]).filter(
    (each) => each !== 'undo' || run.compensation !== null || view === 'undo',
  )
  return (
    <ScrolledSegments
      className="mb-3"
      label="View"
      value={view}
      onChange={(next) =>
        void navigate({
          to: '/runs/$runId',
          params: { runId: run.id },
          search: (last) => ({ ...last, view: next === 'graph' ? undefined : next }),
          replace: true,
          resetScroll: false,
        })
      }
      segments={views.map((each) => ({ value: each, label: LABELS[each] }))}
    />
  )
}
