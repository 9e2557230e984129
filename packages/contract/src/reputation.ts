import { z } from 'zod'
import { Money, Timestamp } from './text.ts'

const ReputationFigures = z.object({
  attempts: z.number().int(),
  completed: z.number().int(),
  success_rate: z.number().nullable(),
  quarantine_rate: z.number().nullable(),
  latency_ms: z.object({ p50: z.number().nullable(), p95: z.number().nullable() }),
  cost_per_completed_task: Money.nullable(),
  active_tenants: z.number().int(),
})

export const Reputation = z
  .object({
    days: z.number().int().meta({ description: 'The window reaches this far back' }),
    ...ReputationFigures.shape,
  })
  .meta({ id: 'Reputation', description: 'Of tenants other than the publisher’s own' })
export type Reputation = z.infer<typeof Reputation>

export const ReputationDay = z
  .object({
    at: Timestamp.meta({ description: 'When the day began, in UTC' }),
    ...ReputationFigures.shape,
  })
  .meta({ id: 'ReputationDay' })
export type ReputationDay = z.infer<typeof ReputationDay>

const REPUTATION_DAYS_MAX = 90

/** `GET /marketplace/{name}/reputation`: the last days, today included. */
export const ReputationQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(REPUTATION_DAYS_MAX).default(REPUTATION_DAYS_MAX),
})
export type ReputationQuery = z.input<typeof ReputationQuery>

export const ReputationSeries = z
  .object({
    since: Timestamp.meta({ description: 'When the first day began' }),
    until: Timestamp.meta({ description: 'When the last day ends' }),
    series: z
      .array(ReputationDay)
      .meta({ description: 'Days on which a tenant other than the publisher’s ran it' }),
  })
  .meta({ id: 'ReputationSeries' })
export type ReputationSeries = z.infer<typeof ReputationSeries>
