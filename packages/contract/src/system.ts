import { z } from 'zod'
import { Timestamp } from './text.ts'

export const HealthStatus = z
  .enum(['healthy', 'degraded', 'unhealthy'])
  .meta({ id: 'HealthStatus' })
export type HealthStatus = z.infer<typeof HealthStatus>

/** Deep health: each component, and the worst of them as the whole. */
export const Health = z
  .object({
    status: HealthStatus,
    version: z.string(),
    started_at: Timestamp,
    uptime_seconds: z.number(),
    components: z.record(
      z.string(),
      z.object({
        status: HealthStatus,
        detail: z.string(),
        latency_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>

/** Roles that every tenant has. */
export const BUILT_IN_ROLES = ['viewer', 'developer', 'agent', 'supervisor', 'admin'] as const
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number]

/** Who is asking. */
export const Identity = z
  .object({
    principal_id: z.string(),
    kind: z.enum(['user', 'service', 'agent']),
    name: z.string(),
    /** A built-in role, or one of the tenant's own. */
    role: z.string(),
    /** What the key or token shown is narrowed to; null: not narrowed. */
    scopes: z.array(z.string()).nullable(),
    /** What the caller may do to some object at least, so that nothing else need be offered. */
    actions: z.array(z.string()),
    tenant_id: z.string(),
  })
  .meta({ id: 'Identity' })
export type Identity = z.infer<typeof Identity>
