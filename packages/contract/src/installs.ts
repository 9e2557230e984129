import { z } from 'zod'
import { AgentName } from './agents.ts'
import { AgentId, WorkflowId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { ItemType, VersionDiff } from './marketplace.ts'
import { boundedText, Json, Money, Timestamp } from './text.ts'

const Range = boundedText(200, 1).meta({
  description: 'Versions that updates may lead to: a range as npm writes them (semver)',
  example: '^1.2.0',
})
const AcceptPermissions = z.boolean().default(false).meta({
  description: 'It may ask for more of its host than it does now',
})

/** `POST /installs`. */
export const InstallItem = z
  .strictObject({
    item: AgentName.meta({ description: 'Name of an item of the marketplace' }),
    range: Range.default('*'),
    as: AgentName.optional().meta({
      description: 'Name in your tenant. Default: the name of the item',
    }),
    accept_permissions: AcceptPermissions,
  })
  .meta({ id: 'InstallItem' })
export type InstallItem = z.input<typeof InstallItem>
export type ParsedInstallItem = z.output<typeof InstallItem>

/** `POST /installs/{name}/update`. */
export const UpdateInstall = z
  .strictObject({
    range: Range.optional().meta({ description: 'Default: as before' }),
    accept_permissions: AcceptPermissions,
    dry_run: z
      .boolean()
      .default(false)
      .meta({ description: 'Says what would change; changes nothing' }),
  })
  .meta({ id: 'UpdateInstall' })
export type UpdateInstall = z.input<typeof UpdateInstall>
export type ParsedUpdateInstall = z.output<typeof UpdateInstall>

/** What its publisher says of the installed version now. `withdrawn`: it is offered no more. */
export const InstalledStatus = z
  .enum(['active', 'deprecated', 'yanked', 'withdrawn'])
  .meta({ id: 'InstalledStatus' })
export type InstalledStatus = z.infer<typeof InstalledStatus>

export const Install = z
  .object({
    name: z.string().meta({ description: 'In your tenant' }),
    item: z.string(),
    item_type: ItemType,
    publisher: z.string(),
    range: z.string(),
    version: z.string().meta({ description: 'What the name stands for' }),
    sha256: z.string().nullable().meta({ description: 'What runs: the digest is locked' }),
    image: z.string().nullable().meta({
      description: 'The image that you run, where it is one',
    }),
    permissions: z.array(z.string()),
    price: Money,
    key_id: z.string().meta({ description: 'Which key signed the release' }),
    agent_id: AgentId.nullable(),
    workflow_id: WorkflowId.nullable(),
    status: InstalledStatus,
    status_message: z.string().nullable(),
    update: z
      .object({ version: z.string() })
      .nullable()
      .meta({ description: 'The version that an update leads to; null: none' }),
    installed_by: z.string(),
    installed_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Install' })
export type Install = z.infer<typeof Install>

/** What a workflow names and the tenant does not have yet. */
export const MissingReference = z
  .object({
    kind: z.enum(['agent', 'capability', 'workflow']),
    name: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'MissingReference' })
export type MissingReference = z.infer<typeof MissingReference>

const Outcome = {
  key: z.string().optional().meta({
    description: 'For the process that you run, of agents that Cadre does not run; shown only now',
  }),
  warnings: z.array(z.string()),
  missing: z.array(MissingReference).meta({
    description: 'What a workflow names and your tenant does not have yet',
  }),
}

/** The answer to an installation. */
export const InstalledItem = Install.extend({
  ...Outcome,
  is_new: z.boolean().meta({ description: 'False: it was installed already' }),
}).meta({ id: 'InstalledItem' })
export type InstalledItem = z.infer<typeof InstalledItem>

export const UpdatedInstall = z
  .object({
    install: Install,
    diff: z
      .union([VersionDiff, z.null()])
      .meta({ description: 'From the version before to the one it leads to; null: the same' }),
    is_changed: z.boolean().meta({ description: 'Of a dry run: whether it would be' }),
    ...Outcome,
  })
  .meta({ id: 'UpdatedInstall' })
export type UpdatedInstall = z.infer<typeof UpdatedInstall>

export const InstallList = listOf(Install)
export const InstallListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type InstallListQuery = z.input<typeof InstallListQuery>

/** `POST /marketplace/{name}/versions/{version}/try`. */
export const TryVersion = z.strictObject({ input: Json.optional() }).meta({ id: 'TryVersion' })
export type TryVersion = z.input<typeof TryVersion>

/** What one trial printed and how it ended. It is no task, and counts for nobody's reputation. */
export const Trial = z
  .object({
    sha256: z.string().meta({ description: 'What ran' }),
    exit_code: z.number().int().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    duration_ms: z.number(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Trial' })
export type Trial = z.infer<typeof Trial>
