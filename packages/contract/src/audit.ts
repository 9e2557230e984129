import { z } from 'zod'
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, listOf } from './lists.ts'
import { boundedText, Json, Timestamp } from './text.ts'

export const AUDIT_DECISIONS = ['allowed', 'denied'] as const
export const AuditDecision = z.enum(AUDIT_DECISIONS).meta({ id: 'AuditDecision' })
export type AuditDecision = z.infer<typeof AuditDecision>

/** Who did it: `system` is the platform itself, `unknown` somebody without an identity. */
export const AuditActor = z
  .object({
    id: z.string().nullable(),
    name: z.string(),
    kind: z.enum(['user', 'service', 'agent', 'system', 'unknown']),
    role: z.string().nullable(),
  })
  .meta({ id: 'AuditActor' })
export type AuditActor = z.infer<typeof AuditActor>

/** One link of a tenant's chain: an administrative change, or a decision about access. */
export const AuditRecord = z
  .object({
    tenant_id: z.string(),
    seq: z.number().int().meta({ description: 'From 1, without gaps' }),
    at: Timestamp,
    actor: AuditActor,
    action: z.string().meta({ example: 'agent.disable' }),
    resource: z.object({
      kind: z.string().meta({ example: 'agent' }),
      id: z.string().nullable(),
      name: z.string().nullable(),
    }),
    decision: AuditDecision,
    origin: z
      .object({
        ip: z.string().nullable(),
        user_agent: z.string().nullable(),
        request_id: z.string().nullable(),
        route: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'The request; null for what the platform did by itself' }),
    before: Json,
    after: Json,
    previous_hash: z.string().meta({ description: 'Hash of the record before; zeros for none' }),
    hash: z.string().meta({
      description: 'SHA-256 over the RFC 8785 form of this record without `hash`',
    }),
  })
  .meta({ id: 'AuditRecord' })
export type AuditRecord = z.infer<typeof AuditRecord>
export const AuditRecordList = listOf(AuditRecord)

export const AuditListQuery = z.strictObject({
  actor: boundedText(200, 1).optional().meta({ description: 'Id or name' }),
  action: boundedText(100, 1).optional().meta({
    description: 'Such as `agent.disable`; `agent.*` for all that concern agents',
  }),
  resource: boundedText(300, 1).optional().meta({ description: 'Id or name' }),
  decision: AuditDecision.optional(),
  since: Timestamp.optional(),
  until: Timestamp.optional().meta({ description: 'Records before this moment' }),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(LIST_LIMIT_DEFAULT),
  cursor: z.string().max(500).optional(),
})
export type AuditListQuery = z.input<typeof AuditListQuery>
export type ParsedAuditListQuery = z.output<typeof AuditListQuery>

/** Goes on behind this record; default: from the beginning of the chain. */
export const AuditWalkQuery = z.strictObject({
  after_seq: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
})
export type AuditWalkQuery = z.input<typeof AuditWalkQuery>

export const AuditBreak = z
  .object({
    seq: z.number().int(),
    reason: z.enum(['missing', 'order', 'link', 'content', 'head']),
    message: z.string(),
  })
  .meta({ id: 'AuditBreak' })

export const AuditVerification = z
  .object({
    ok: z.boolean(),
    checked: z.number().int(),
    first_seq: z.number().int().nullable(),
    last_seq: z.number().int(),
    last_hash: z.string(),
    broken: AuditBreak.nullable().meta({ description: 'The first broken record' }),
    next_seq: z.number().int().nullable().meta({
      description: 'More than one call checks: go on with this as `after_seq`',
    }),
  })
  .meta({ id: 'AuditVerification' })
export type AuditVerification = z.infer<typeof AuditVerification>
