import {
  boundedText,
  LintWorkflow,
  PublishedWorkflow,
  PublishWorkflow,
  Workflow,
  WorkflowList,
  WorkflowListQuery,
  WorkflowReport,
  WorkflowVersionsQuery,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of workflows take and answer. The handlers are in `workflow-handlers.ts`.

const TAG = 'Workflows'
const REFERENCE_LENGTH_MAX = 300
const byReference = {
  params: z.object({
    id: boundedText(REFERENCE_LENGTH_MAX, 1).meta({
      description: 'Workflow id, its name (the latest version), or `name@version`',
    }),
  }),
}

/** Documentation only: such a body is taken ahead of the JSON form. */
const AS_IT_IS = {
  'application/yaml': {
    schema: { type: 'string', description: 'The definition itself; see `/schemas/workflow.json`' },
  },
} as Record<never, never>
const BODY =
  'Takes the definition itself, as `application/yaml` or as JSON, or its text within `{source, format}`.'

export const publishWorkflow = documented(
  {
    summary: 'Publish a version of a workflow',
    tag: TAG,
    description: `${BODY} A version never changes. What is wrong with a definition is told all at once: \`details\` name each fault with its path, line and column.`,
    refusals: [409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/workflows',
    request: {
      body: { required: true, content: { ...takes(PublishWorkflow).content, ...AS_IT_IS } },
    },
    responses: { 201: answers(PublishedWorkflow, 'Published') },
  },
)

export const lintWorkflow = documented(
  {
    summary: 'Check a definition',
    tag: TAG,
    description: `${BODY} Says what publishing would say and publishes nothing.`,
    refusals: [413, 422, 503],
  },
  {
    method: 'post',
    path: '/workflows/lint',
    request: {
      body: { required: true, content: { ...takes(LintWorkflow).content, ...AS_IT_IS } },
    },
    responses: { 200: answers(WorkflowReport, 'What was found; no problems: it can be published') },
  },
)

export const listWorkflows = documented(
  { summary: 'List workflows', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/workflows',
    request: { query: WorkflowListQuery },
    responses: { 200: answers(WorkflowList, 'One page: the latest version of each, by name') },
  },
)

export const readWorkflow = documented(
  { summary: 'Read a workflow', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/workflows/{id}',
    request: byReference,
    responses: { 200: answers(Workflow, 'The version with its source and definition') },
  },
)

export const readSource = documented(
  { summary: 'The text that a version was published from', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/workflows/{id}/source',
    request: byReference,
    responses: {
      200: {
        description: 'As its author wrote it; JSON when it was published as such',
        content: { 'application/yaml': { schema: z.string() } },
      },
    },
  },
)

export const listVersions = documented(
  { summary: 'The versions of a workflow', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/workflows/{id}/versions',
    request: { ...byReference, query: WorkflowVersionsQuery },
    responses: { 200: answers(WorkflowList, 'One page, the greatest version first') },
  },
)

export const deleteWorkflow = documented(
  {
    summary: 'Delete a version of a workflow',
    tag: TAG,
    description:
      'Named by id or `name@version`. Runs that began go on; the version is never used again.',
    refusals: [404, 422],
  },
  {
    method: 'delete',
    path: '/workflows/{id}',
    request: byReference,
    responses: { 204: { description: 'Deleted' } },
  },
)
