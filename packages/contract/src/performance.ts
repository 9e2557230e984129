import { z } from 'zod'
import { AgentName, Version } from './agents.ts'
import { Money, Timestamp } from './text.ts'

/** Hours and days of UTC. */
export const PerformanceGrain = z.enum(['hour', 'day']).meta({ id: 'PerformanceGrain' })
export type PerformanceGrain = z.infer<typeof PerformanceGrain>

export const PERFORMANCE_HOURS_MAX = 192
export const PERFORMANCE_DAYS_MAX = 400
export const PERFORMANCE_STEPS_MAX = 1_000

const Quantiles = z.object({
  mean: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
})

/** Rates are fractions of 1; null where nothing was counted. */
const measures = {
  completed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  cancelled: z.number().int(),
  compensated: z.number().int(),
  success_rate: z.number().nullable().meta({
    description:
      'Completed of all that ended by themselves; what was cancelled or skipped is left out',
  }),
  duration_ms: Quantiles.meta({ description: 'Of those that completed' }),
  wait_ms: Quantiles.meta({
    description: 'From release to the first attempt; of a run: of all its tasks',
  }),
  attempts: z.number().int(),
  retries: z.number().int().meta({ description: 'Attempts behind the first one' }),
  cost: Money,
  cost_mean: z.number().nullable().meta({ description: 'Per execution, in US dollars' }),
}

export const PerformanceMeasures = z.object(measures).meta({ id: 'PerformanceMeasures' })
export type PerformanceMeasures = z.infer<typeof PerformanceMeasures>

export const StepPerformance = PerformanceMeasures.extend({
  step: z.string(),
  elements: PerformanceMeasures.nullable().meta({
    description:
      'Of the elements, where the step works on a list; their attempts, cost and waits are among those of the step',
  }),
  compensations: PerformanceMeasures.nullable().meta({ description: 'Of what undid the step' }),
}).meta({ id: 'StepPerformance' })
export type StepPerformance = z.infer<typeof StepPerformance>

export const PerformancePoint = PerformanceMeasures.omit({
  wait_ms: true,
  attempts: true,
  retries: true,
})
  .extend({ at: Timestamp.meta({ description: 'Begin of the hour or day' }) })
  .meta({ id: 'PerformancePoint' })
export type PerformancePoint = z.infer<typeof PerformancePoint>

/** The way through the graph whose steps weigh the most together. */
export const HeaviestPath = z
  .object({
    total: z.number().meta({ description: 'Milliseconds, or US dollars' }),
    steps: z.array(
      z.object({
        step: z.string(),
        weight: z.number().nullable().meta({ description: 'Null: nothing is known of the step' }),
      }),
    ),
  })
  .meta({ id: 'HeaviestPath' })
export type HeaviestPath = z.infer<typeof HeaviestPath>

export const WorkflowPerformance = z
  .object({
    workflow_name: z.string(),
    version: z.string().nullable().meta({ description: 'Null: all versions together' }),
    since: Timestamp.meta({ description: 'Begin of the first hour or day' }),
    until: Timestamp.meta({ description: 'End of the last one' }),
    by: PerformanceGrain,
    relative_error: z.number().meta({
      description: 'The most by which a quantile may be off, as a fraction of it',
    }),
    runs: PerformanceMeasures,
    series: z.array(PerformancePoint).meta({
      description: 'Hours or days in which runs ended, oldest first; the others are left out',
    }),
    steps: z.array(StepPerformance).meta({
      description: `Those that took the most time together come first; ${PERFORMANCE_STEPS_MAX} at the most`,
    }),
    steps_total: z.number().int(),
    versions: z
      .array(
        z.object({
          version: z.string(),
          runs: z.number().int(),
          success_rate: z.number().nullable(),
          duration_p50_ms: z.number().nullable(),
        }),
      )
      .meta({ description: 'Those that ran in this time, the greatest version first' }),
    path_version: z.string().nullable().meta({
      description: 'Whose graph the paths go through: the version asked for, or the latest one',
    }),
    slowest_path: HeaviestPath.nullable().meta({
      description: 'By the median duration of its steps, in milliseconds',
    }),
    dearest_path: HeaviestPath.nullable().meta({
      description: 'By the mean cost of its steps, in US dollars',
    }),
  })
  .meta({ id: 'WorkflowPerformance' })
export type WorkflowPerformance = z.infer<typeof WorkflowPerformance>

const period = {
  since: Timestamp.optional(),
  until: Timestamp.optional().meta({ description: 'Default: now' }),
}

export const PerformancePath = z.object({ name: AgentName })
export const PerformanceQuery = z.strictObject({
  version: Version.optional().meta({ description: 'Default: all versions together' }),
  since: period.since.meta({ description: 'Default: seven days before `until`' }),
  until: period.until,
  by: PerformanceGrain.optional().meta({
    description: `Default: \`hour\` for up to three days. Hours go back ${PERFORMANCE_HOURS_MAX} at the most and days ${PERFORMANCE_DAYS_MAX}`,
  }),
})
export type PerformanceQuery = z.input<typeof PerformanceQuery>
export type ParsedPerformanceQuery = z.output<typeof PerformanceQuery>

/** `too_few`: there are not enough executions to tell. */
export const PerformanceVerdict = z
  .enum(['regressed', 'improved', 'unchanged', 'too_few'])
  .meta({ id: 'PerformanceVerdict' })
export type PerformanceVerdict = z.infer<typeof PerformanceVerdict>

export const ComparedMeasure = z
  .object({
    base: z.number().nullable(),
    version: z.number().nullable(),
    ratio: z.number().nullable().meta({ description: 'Of the version to the base' }),
    verdict: PerformanceVerdict,
  })
  .meta({ id: 'ComparedMeasure' })
export type ComparedMeasure = z.infer<typeof ComparedMeasure>

export const ComparedPart = z
  .object({
    verdict: PerformanceVerdict,
    base_count: z.number().int().meta({ description: 'Executions that were not cancelled' }),
    version_count: z.number().int(),
    duration_p50_ms: ComparedMeasure,
    duration_p95_ms: ComparedMeasure,
    success_rate: ComparedMeasure,
    cost_mean: ComparedMeasure,
  })
  .meta({ id: 'ComparedPart' })
export type ComparedPart = z.infer<typeof ComparedPart>

export const PerformanceComparison = z
  .object({
    workflow_name: z.string(),
    base: z.string(),
    version: z.string(),
    since: Timestamp,
    until: Timestamp,
    rule: z.string().meta({ description: 'What the verdicts mean' }),
    verdict: PerformanceVerdict.meta({ description: 'About the runs as a whole' }),
    runs: ComparedPart,
    steps: z.array(
      ComparedPart.extend({
        step: z.string(),
        is_in: z.enum(['both', 'base', 'version']).meta({ description: 'Where it was executed' }),
      }),
    ),
  })
  .meta({ id: 'PerformanceComparison' })
export type PerformanceComparison = z.infer<typeof PerformanceComparison>

export const PerformanceComparisonQuery = z.strictObject({
  base: Version,
  version: Version,
  since: period.since.meta({ description: 'Default: thirty days before `until`' }),
  until: period.until,
})
export type PerformanceComparisonQuery = z.input<typeof PerformanceComparisonQuery>
export type ParsedPerformanceComparisonQuery = z.output<typeof PerformanceComparisonQuery>
