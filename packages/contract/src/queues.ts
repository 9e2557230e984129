import { z } from 'zod'
import { Timestamp } from './text.ts'

/** What a queue allows. Null: no such limit. */
export const QueueLimits = z
  .object({
    concurrency_max: z.number().int().nullable().meta({
      description: 'Tasks admitted or in progress at the most, of all tenants together',
    }),
    concurrency_max_per_key: z.number().int().nullable().meta({
      description: 'The same for each `concurrency_key` of a tenant',
    }),
    rate_per_second: z.number().nullable().meta({ description: 'Starts per second at the most' }),
    rate_burst: z.number().int().nullable().meta({
      description: 'Starts at once after a rest: at most burst + rate * t within any t seconds',
    }),
  })
  .meta({ id: 'QueueLimits' })
export type QueueLimits = z.infer<typeof QueueLimits>

/** How many of the caller's tasks started lately; up to a second behind. */
export const QueueStarts = z
  .object({
    last_minute: z.number().int(),
    bucket_seconds: z.number().int(),
    per_bucket: z.array(z.number().int()).meta({
      description: 'Ten minutes, oldest first, the last one still under way; empty without starts',
    }),
  })
  .meta({ id: 'QueueStarts' })
export type QueueStarts = z.infer<typeof QueueStarts>

/** One way from tasks to those who run them, with what of the caller's is in it. */
export const Queue = z
  .object({
    name: z.string().meta({ example: 'tasks.wasm' }),
    title: z.string().meta({ description: 'For people: the agent or capability it is for' }),
    is_shared: z.boolean().meta({ description: 'Other tenants use it as well' }),
    is_paused: z.boolean(),
    waiting: z.number().int().meta({ description: 'Not started, and not admitted either' }),
    admitted: z.number().int().meta({ description: 'In the broker, until somebody claims them' }),
    in_progress: z.number().int(),
    oldest_due_at: Timestamp.nullable().meta({
      description: 'Since when the task is due that has waited longest; later when none is due',
    }),
    starts: QueueStarts,
    limits: QueueLimits,
  })
  .meta({ id: 'Queue' })
export type Queue = z.infer<typeof Queue>

export const QueueList = z.object({ items: z.array(Queue), next_cursor: z.null() })

/** `PATCH /queues/{name}`: what is left out stays; null lifts a limit. */
export const ChangeQueue = z
  .strictObject({
    is_paused: z.boolean().optional(),
    concurrency_max: z.number().int().min(1).max(1_000_000).nullable().optional(),
    concurrency_max_per_key: z.number().int().min(1).max(1_000_000).nullable().optional(),
    rate_per_second: z.number().min(0.000_1).max(1_000_000).nullable().optional(),
    rate_burst: z.number().int().min(1).max(1_000_000).nullable().optional().meta({
      description: 'Default: one second of the rate, at least 1. Goes with the rate',
    }),
  })
  .meta({ id: 'ChangeQueue' })
export type ChangeQueue = z.input<typeof ChangeQueue>
