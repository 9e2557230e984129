import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { WorkflowPerformance } from './workflow-performance.tsx'

const ROUTE = '/workflows/$workflow/performance'

export const PerformancePage = () => {
  const { workflow } = useParams({ from: ROUTE })
  const choice = useSearch({ from: ROUTE })
  const navigate = useNavigate()
  return (
    <>
      <title>{`Performance of ${workflow} · Cadre`}</title>
      <header className="mb-4">
        <a
          href={`/workflows/${encodeURIComponent(workflow)}`}
          className="-ml-1 inline-flex items-center gap-1 rounded-md text-sm text-muted hover:text-ink"
        >
          <ChevronLeft size={15} aria-hidden /> {workflow}
        </a>
        <h1 className="mt-1.5 text-xl font-semibold tracking-tight">Performance</h1>
      </header>
      <WorkflowPerformance
        name={workflow}
        choice={choice}
        onChoose={(search) =>
          void navigate({
            to: ROUTE,
            params: { workflow },
            search,
            replace: true,
            resetScroll: false,
          })
        }
      />
    </>
  )
}
