import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { BackLink } from '../ui/back-link.tsx'
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
        <BackLink to="/workflows/$workflow" params={{ workflow }}>
          {workflow}
        </BackLink>
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
