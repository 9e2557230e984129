import {
  CompensationDocument,
  DelayDocument,
  KEYS_OF_ACTIONS,
  STEP_ACTIONS,
  StepDocument,
  WorkflowDocument,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, createRouter, documented } from '#platform/web/router.ts'

type Schema = Record<string, unknown>

/**
 * The JSON Schema (2020-12) of definitions, by which editors complete and check: made of what
 * publishing reads them by, so that the two cannot part.
 */
export const workflowSchema = (address: string): Schema => ({
  $id: address,
  ...(z.toJSONSchema(WorkflowDocument, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const rules = RULES.get(zodSchema)
      if (rules !== undefined) Object.assign(jsonSchema, rules)
    },
  }) as Schema),
})

const exactlyOne = (...keys: readonly string[]): Schema => ({
  oneOf: keys.map((key) => ({ required: [key] })),
})

/** What shapes cannot say: one action per step, and which keys go with it. */
const RULES = new Map<unknown, Schema>([
  [
    StepDocument,
    {
      ...exactlyOne(...STEP_ACTIONS),
      dependentSchemas: Object.fromEntries(
        Object.entries(KEYS_OF_ACTIONS).map(([key, actions]) => [
          key,
          { anyOf: actions.map((action) => ({ required: [action] })) },
        ]),
      ),
    },
  ],
  [CompensationDocument, exactlyOne('agent', 'capability')],
  [DelayDocument, exactlyOne('seconds', 'until')],
])

const route = documented(
  {
    summary: 'JSON Schema of the definition of a workflow',
    tag: 'Workflows',
    description: 'For editors; needs no identity. Also at `/schemas/workflow.json`.',
    isOpen: true,
  },
  {
    method: 'get',
    path: '/schemas/workflow.json',
    responses: { 200: answers(z.record(z.string(), z.unknown()), 'JSON Schema, draft 2020-12') },
  },
)

/** Editors fetch it again now and then. */
const MAX_AGE_SECONDS = 3_600

export const workflowSchemaRoutes = () => {
  const router = createRouter()
  router.openapi(route, (context) => {
    const { origin, pathname } = new URL(context.req.url)
    context.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
    return context.json(workflowSchema(`${origin}${pathname}`), 200)
  })
  return router
}
