import { z } from 'zod'
import { ObjectReference } from './access-roles.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Json, Timestamp } from './text.ts'

export const POLICIES_PER_TENANT_MAX = 200
export const POLICY_STATEMENTS_MAX = 20
export const POLICY_VERSIONS_MAX = 100
const TEXT_LENGTH_MAX = 10_000
const EXAMPLES_MAX = 20

/** Spelt as a union: of a named schema, `nullable` is lost where the document refers to it. */
const ObjectOrNull = z.union([ObjectReference, z.null()])

const PolicyText = boundedText(TEXT_LENGTH_MAX, 1).meta({
  description: `Cedar: up to ${POLICY_STATEMENTS_MAX} statements \`permit\` or \`forbid\``,
  example:
    'forbid (principal, action == Action::"task.create", resource) when { resource.priority == "urgent" };',
})

export const CreatePolicy = z
  .strictObject({
    name: boundedText(100, 1).meta({ description: 'Unique' }),
    description: boundedText(500).default(''),
    text: PolicyText,
  })
  .meta({ id: 'CreatePolicy' })
export type CreatePolicy = z.input<typeof CreatePolicy>
export type ParsedCreatePolicy = z.output<typeof CreatePolicy>

/** A new version; the active one stays active until the new one is. */
export const RevisePolicy = z
  .strictObject({ description: boundedText(500).optional(), text: PolicyText })
  .meta({ id: 'RevisePolicy' })
export type RevisePolicy = z.infer<typeof RevisePolicy>

export const LintPolicy = z.strictObject({ text: PolicyText }).meta({ id: 'LintPolicy' })
export type LintPolicy = z.infer<typeof LintPolicy>

export const PolicyProblem = z
  .object({
    severity: z.enum(['error', 'warning']),
    message: z.string(),
    help: z.string().nullable(),
    line: z.number().int().nullable().meta({ description: 'From 1' }),
    column: z.number().int().nullable().meta({ description: 'From 1' }),
  })
  .meta({ id: 'PolicyProblem' })
export type PolicyProblem = z.infer<typeof PolicyProblem>

export const PolicyReport = z
  .object({ is_valid: z.boolean(), problems: z.array(PolicyProblem) })
  .meta({ id: 'PolicyReport' })
export type PolicyReport = z.infer<typeof PolicyReport>

export const Policy = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    version: z.number().int().meta({ description: 'The latest' }),
    active_version: z.number().int().nullable().meta({ description: 'Null: none decides' }),
    text: z.string().meta({ description: 'Of the latest version' }),
    created_by_name: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Policy' })
export type Policy = z.infer<typeof Policy>
export const PolicyList = listOf(Policy)
export const PolicyListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type PolicyListQuery = z.input<typeof PolicyListQuery>

export const PolicyVersion = z
  .object({
    version: z.number().int(),
    text: z.string(),
    is_active: z.boolean(),
    created_by_name: z.string(),
    created_at: Timestamp,
  })
  .meta({ id: 'PolicyVersion' })
export type PolicyVersion = z.infer<typeof PolicyVersion>
export const PolicyVersionList = listOf(PolicyVersion)

/** Our resources, actions and attributes as a Cedar schema. */
export const PolicySchema = z
  .object({
    text: z.string().meta({ description: 'In the Cedar schema language' }),
    json: Json,
    actions: z.array(z.string()),
  })
  .meta({ id: 'PolicySchema' })
export type PolicySchema = z.infer<typeof PolicySchema>

export const ActivatePolicy = z
  .strictObject({
    version: z.number().int().min(1).optional().meta({ description: 'Default: the latest' }),
    confirm_changes: z.number().int().min(0).optional().meta({
      description:
        'How many of the recent decisions may come out otherwise: the figure that the dry run told. Needed where it is not 0',
    }),
    force: z.boolean().default(false).meta({
      description: 'Even if no administrator could manage access any more',
    }),
  })
  .meta({ id: 'ActivatePolicy' })
export type ActivatePolicy = z.input<typeof ActivatePolicy>
export type ParsedActivatePolicy = z.output<typeof ActivatePolicy>

export const DeactivatePolicy = z
  .strictObject({
    confirm_changes: z.number().int().min(0).optional(),
  })
  .meta({ id: 'DeactivatePolicy' })
export type DeactivatePolicy = z.infer<typeof DeactivatePolicy>

/** One of: a text that is nowhere yet, a policy to be activated, or one to be deactivated. */
export const DryRunPolicy = z
  .strictObject({
    text: PolicyText.optional(),
    activate: z.guid().toLowerCase().optional().meta({ description: 'Id of a policy' }),
    version: z.number().int().min(1).optional(),
    deactivate: z.guid().toLowerCase().optional().meta({ description: 'Id of a policy' }),
  })
  .refine((body) => [body.text, body.activate, body.deactivate].filter(Boolean).length === 1, {
    message: 'name one of text, activate and deactivate',
    path: ['text'],
  })
  .meta({ id: 'DryRunPolicy' })
export type DryRunPolicy = z.infer<typeof DryRunPolicy>

export const ChangedDecision = z
  .object({
    at: Timestamp,
    principal_id: z.string(),
    principal_name: z.string(),
    action: z.string(),
    resource: ObjectOrNull.meta({ description: 'Null: no object in particular' }),
    before: z.enum(['permitted', 'refused']),
    after: z.enum(['permitted', 'refused']),
    reason: z.string().meta({ description: 'A sentence for people' }),
  })
  .meta({ id: 'ChangedDecision' })
export type ChangedDecision = z.infer<typeof ChangedDecision>

export const PolicyDryRun = z
  .object({
    decisions: z.number().int().meta({ description: 'Recent ones that were decided again' }),
    since: Timestamp.nullable(),
    changes: z.number().int().meta({ description: 'That come out otherwise' }),
    newly_refused: z.number().int(),
    newly_permitted: z.number().int(),
    failed: z.number().int().meta({ description: 'Refused because a policy failed' }),
    locks_out: z.boolean().meta({ description: 'No administrator could manage access any more' }),
    examples: z.array(ChangedDecision).max(EXAMPLES_MAX),
  })
  .meta({ id: 'PolicyDryRun' })
export type PolicyDryRun = z.infer<typeof PolicyDryRun>

export const PolicyActivation = z
  .object({ policy: Policy, dry_run: PolicyDryRun })
  .meta({ id: 'PolicyActivation' })
export type PolicyActivation = z.infer<typeof PolicyActivation>

export const ExplainAccess = z
  .strictObject({
    principal_id: z.guid().toLowerCase().optional().meta({ description: 'Default: the caller' }),
    action: boundedText(60, 1).meta({ example: 'task.cancel' }),
    resource: ObjectReference.optional().meta({
      description: 'Default: no object in particular',
    }),
  })
  .meta({ id: 'ExplainAccess' })
export type ExplainAccess = z.infer<typeof ExplainAccess>

/** One thing that was looked at. */
export const AccessStep = z
  .object({
    kind: z.enum(['scope', 'role', 'grant', 'policy', 'rule']),
    id: z.string().meta({ description: 'Name of the role, id of the grant or policy' }),
    name: z.string(),
    outcome: z.enum(['permits', 'forbids', 'fails', 'silent']),
    message: z.string(),
  })
  .meta({ id: 'AccessStep' })
export type AccessStep = z.infer<typeof AccessStep>

export const AccessExplanation = z
  .object({
    decision: z.enum(['permitted', 'refused']),
    principal: z.object({ id: z.string(), name: z.string(), role: z.string() }),
    action: z.string(),
    resource: ObjectOrNull,
    sentence: z.string(),
    determined_by: z.array(AccessStep).meta({ description: 'Empty: nothing permits it' }),
    looked_at: z.array(AccessStep),
  })
  .meta({ id: 'AccessExplanation' })
export type AccessExplanation = z.infer<typeof AccessExplanation>
