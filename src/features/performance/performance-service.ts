import {
  PERFORMANCE_STEPS_MAX,
  type ParsedPerformanceComparisonQuery,
  type ParsedPerformanceQuery,
  type PerformanceComparison,
  type TenantId,
  type WorkflowPerformance,
} from '@cadre/contract'
import {
  workflowNotFound,
  type CompiledWorkflow,
  type WorkflowDirectory,
} from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { Projection } from '#platform/events/projection.ts'
import { versionRank } from '#platform/version-rank.ts'
import { quantile, RELATIVE_ERROR } from './duration-sketch.ts'
import { heaviestPath, type GraphStep } from './heaviest-path.ts'
import { periodOf } from './performance-period.ts'
import {
  isKnown,
  sumsByBucket,
  sumsByPart,
  sumsByVersion,
  type PartSums,
} from './performance-store.ts'
import {
  costMeanOf,
  gathered,
  measuresOf,
  pointOf,
  stepView,
  successRateOf,
  type StepSums,
} from './performance-view.ts'
import { executionsOf, noSums, type Sums } from './performance.ts'
import { compareParts, RULE, type Compared } from './version-comparison.ts'

const DAYS_DEFAULT = 7
const COMPARISON_DAYS_DEFAULT = 30

export interface PerformanceServiceOptions {
  db: Db
  clock: Clock
  workflows: WorkflowDirectory
  /** Which keeps the sums; brought up to date before they are read. */
  projection: Pick<Projection, 'catchUp'>
}

export type PerformanceService = ReturnType<typeof createPerformanceService>

/** What runs of a workflow took and cost, from sums that are kept up with their events. */
export const createPerformanceService = (options: PerformanceServiceOptions) => {
  const { db, clock, workflows, projection } = options

  /** The definition of the version, or of the latest one; null where it was deleted. */
  const graphOf = async (
    tenantId: TenantId,
    { name, version }: { name: string; version: string | null },
  ): Promise<{ version: string; compiled: CompiledWorkflow } | null> => {
    try {
      const found = await workflows.read(tenantId, version === null ? name : `${name}@${version}`)
      return { version: found.definition.version, compiled: workflows.compiled(found) }
    } catch (error) {
      if (!isAppError(error, 'workflow.not_found')) throw error
      const wanted = { tenantId, workflowName: name, version }
      // What was run before it was deleted may still be looked at.
      if (!(await isKnown(db.ofTenant(tenantId), wanted))) throw workflowNotFound()
      return null
    }
  }

  return {
    read: async (
      tenantId: TenantId,
      name: string,
      query: ParsedPerformanceQuery,
    ): Promise<WorkflowPerformance> => {
      const version = query.version ?? null
      const period = periodOf(query, { now: clock.now(), daysDefault: DAYS_DEFAULT })
      await projection.catchUp()
      const graph = await graphOf(tenantId, { name, version })
      const window = { tenantId, workflowName: name, version, ...period }
      const own = db.ofTenant(tenantId)
      const { runs, steps } = gathered(await sumsByPart(own, window))
      const series = await sumsByBucket(own, window)
      const versions = await sumsByVersion(own, { ...window, version: null })
      return {
        workflow_name: name,
        version,
        since: period.since.toISOString(),
        until: period.until.toISOString(),
        by: period.grain,
        relative_error: RELATIVE_ERROR,
        runs: measuresOf(runs),
        series: series.map(pointOf),
        steps: steps
          .toSorted((a, b) => b.whole.durationMsSum - a.whole.durationMsSum)
          .slice(0, PERFORMANCE_STEPS_MAX)
          .map(stepView),
        steps_total: steps.length,
        versions: versions
          .toSorted((a, b) => (versionRank(a.version) < versionRank(b.version) ? 1 : -1))
          .map(versionView),
        path_version: graph?.version ?? null,
        slowest_path:
          graph === null ? null : heaviestPath(stepsOf(graph), weightsOf(steps, median)),
        dearest_path: graph === null ? null : heaviestPath(stepsOf(graph), weightsOf(steps, price)),
      }
    },

    compare: async (
      tenantId: TenantId,
      name: string,
      query: ParsedPerformanceComparisonQuery,
    ): Promise<PerformanceComparison> => {
      const period = periodOf(
        { ...query, by: 'day' },
        { now: clock.now(), daysDefault: COMPARISON_DAYS_DEFAULT },
      )
      await projection.catchUp()
      const sumsOf = async (version: string) => {
        await graphOf(tenantId, { name, version })
        return sumsByPart(db.ofTenant(tenantId), {
          tenantId,
          workflowName: name,
          version,
          ...period,
        })
      }
      const base = comparedOf(await sumsOf(query.base))
      const version = comparedOf(await sumsOf(query.version))
      const runs = compareParts(base.runs, version.runs)
      const steps = [...new Set([...base.steps.keys(), ...version.steps.keys()])]
      return {
        workflow_name: name,
        base: query.base,
        version: query.version,
        since: period.since.toISOString(),
        until: period.until.toISOString(),
        rule: RULE,
        verdict: runs.verdict,
        runs,
        steps: steps
          .toSorted()
          .slice(0, PERFORMANCE_STEPS_MAX)
          .map((step) => comparedStep(step, base.steps.get(step), version.steps.get(step))),
      }
    },
  }
}

const versionView = ({ version, sums }: { version: string; sums: Sums }) => ({
  version,
  runs: executionsOf(sums),
  success_rate: successRateOf(sums),
  duration_p50_ms: quantile(sums.durations, 0.5),
})

const stepsOf = ({ compiled }: { compiled: CompiledWorkflow }): GraphStep[] =>
  [...compiled.steps.values()].map(({ step: { name, needs }, depth }) => ({ name, needs, depth }))

const weightsOf = (steps: readonly StepSums[], weightOf: (sums: Sums) => number | null) =>
  new Map(
    steps.flatMap(({ step, whole }): [string, number][] => {
      const weight = weightOf(whole)
      return weight === null ? [] : [[step, weight]]
    }),
  )
const median = ({ durations }: Sums): number | null => quantile(durations, 0.5)
const price = (sums: Sums): number | null => costMeanOf(sums)

const comparedOf = (parts: readonly PartSums[]) => {
  const { runs, steps } = gathered(parts)
  return {
    runs: { sums: runs, cost: runs },
    // Of a step that works on a list, what one element costs: lists differ in length.
    steps: new Map(
      steps.map(({ step, whole, elements }): [string, Compared] => [
        step,
        { sums: whole, cost: elements ?? whole },
      ]),
    ),
  }
}

const NOTHING: Compared = { sums: noSums(), cost: noSums() }

const comparedStep = (
  step: string,
  base: Compared | undefined,
  version: Compared | undefined,
): PerformanceComparison['steps'][number] => ({
  step,
  is_in: base === undefined ? 'version' : version === undefined ? 'base' : 'both',
  ...compareParts(base ?? NOTHING, version ?? NOTHING),
})
