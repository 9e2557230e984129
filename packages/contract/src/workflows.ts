import { z } from 'zod'
import { WorkflowId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Timestamp } from './text.ts'
import type { WorkflowDocument } from './workflow-document.ts'

export const WorkflowSourceFormat = z.enum(['yaml', 'json']).meta({ id: 'WorkflowSourceFormat' })
export type WorkflowSourceFormat = z.infer<typeof WorkflowSourceFormat>

/** A definition as its author wrote it. How long it may be is a setting of the server. */
const source = {
  source: boundedText(256 * 1_048_576, 1).meta({
    description: 'The text of the definition; its language is that of `/schemas/workflow.json`',
  }),
  format: WorkflowSourceFormat.optional().meta({
    description: 'Default: `json` where the text begins with a brace, else `yaml`',
  }),
}

/** What `POST /workflows` takes. */
export const PublishWorkflow = z.strictObject(source).meta({ id: 'PublishWorkflow' })
export type PublishWorkflow = z.infer<typeof PublishWorkflow>

/** What `POST /workflows/lint` takes. */
export const LintWorkflow = z.strictObject(source).meta({ id: 'LintWorkflow' })
export type LintWorkflow = z.infer<typeof LintWorkflow>

/** What is wrong with a definition, and where. */
export const WorkflowProblem = z
  .object({
    message: z.string(),
    path: z.string().meta({
      description: 'Where in the document; empty for the document itself',
      example: 'steps.reserve.when',
    }),
    line: z.number().int().meta({ description: 'From 1' }),
    column: z.number().int().meta({ description: 'From 1, in UTF-16 units' }),
  })
  .meta({ id: 'WorkflowProblem' })
export type WorkflowProblem = z.infer<typeof WorkflowProblem>

export const WorkflowReport = z
  .object({
    problems: z.array(WorkflowProblem).meta({ description: 'Each of them prevents publishing' }),
    warnings: z.array(WorkflowProblem).meta({ description: 'Worth a look' }),
  })
  .meta({ id: 'WorkflowReport' })
export type WorkflowReport = z.infer<typeof WorkflowReport>

export const WorkflowSummary = z
  .object({
    id: WorkflowId,
    name: z.string(),
    version: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    step_count: z.number().int(),
    is_saga: z.boolean().meta({ description: 'Some step declares a compensation' }),
    sha256: z.string().meta({ description: 'Of the definition, whatever its text looks like' }),
    owner: z.string(),
    created_at: Timestamp,
  })
  .meta({ id: 'WorkflowSummary' })
export type WorkflowSummary = z.infer<typeof WorkflowSummary>

/** Documented where it is published: at `/schemas/workflow.json`. */
const DefinitionShown = z.record(z.string(), z.unknown()).meta({
  description: 'The same as a document with all defaults written out',
}) as unknown as z.ZodType<WorkflowDocument>

export const Workflow = WorkflowSummary.extend({
  source: z.string(),
  source_format: WorkflowSourceFormat,
  definition: DefinitionShown,
}).meta({ id: 'Workflow' })
export type Workflow = z.infer<typeof Workflow>

/** The answer to a publication: what was published, and what is worth a look. */
export const PublishedWorkflow = Workflow.extend({ warnings: z.array(WorkflowProblem) }).meta({
  id: 'PublishedWorkflow',
})
export type PublishedWorkflow = z.infer<typeof PublishedWorkflow>

export const WorkflowList = listOf(WorkflowSummary)
export const WorkflowListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
  q: boundedText(200, 1).optional().meta({ description: 'Part of the name or description' }),
  tag: boundedText(64, 1).optional(),
})
export type WorkflowListQuery = z.input<typeof WorkflowListQuery>
export type ParsedWorkflowListQuery = z.output<typeof WorkflowListQuery>

export const WorkflowVersionsQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type WorkflowVersionsQuery = z.input<typeof WorkflowVersionsQuery>
