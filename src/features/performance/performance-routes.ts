import {
  PerformanceComparison,
  PerformanceComparisonQuery,
  PerformancePath,
  PerformanceQuery,
  WorkflowPerformance,
} from '@cadre/contract'
import { authorise, authoriseSome } from '#features/access/index.ts'
import { runsResource } from '#features/workflows/index.ts'
import { answers, createRouter, documented } from '#platform/web/router.ts'
import type { PerformanceService } from './performance-service.ts'

const TAG = 'Performance'

const readPerformance = documented(
  {
    summary: 'How a workflow performs',
    tag: TAG,
    description:
      'Counts, success, duration, wait and cost of its runs and of each step, over time, and the slowest and the dearest way through its graph. From sums that are kept with the events, so it costs the same however many runs there were.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/workflows/{name}/performance',
    request: { params: PerformancePath, query: PerformanceQuery },
    responses: { 200: answers(WorkflowPerformance, 'What the runs of this time add up to') },
  },
)

const comparePerformance = documented(
  {
    summary: 'Compare two versions of a workflow',
    tag: TAG,
    description:
      'The version against the base, as a whole and step by step. `rule` says what the verdicts mean.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/workflows/{name}/performance/compare',
    request: { params: PerformancePath, query: PerformanceComparisonQuery },
    responses: { 200: answers(PerformanceComparison, 'What changed from the base') },
  },
)

export const performanceRoutes = (performance: PerformanceService) => {
  const router = createRouter()

  router.openapi(readPerformance, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'run.read')
    authorise(principal, 'run.read', runsResource(name))
    const query = context.req.valid('query')
    return context.json(await performance.read(principal.tenantId, name, query), 200)
  })

  router.openapi(comparePerformance, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'run.read')
    authorise(principal, 'run.read', runsResource(name))
    const query = context.req.valid('query')
    return context.json(await performance.compare(principal.tenantId, name, query), 200)
  })

  return router
}
