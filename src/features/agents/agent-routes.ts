import {
  Agent,
  AgentFields,
  AgentKey,
  AgentList,
  AgentListQuery,
  AgentSearch,
  AgentSearchQuery,
  AgentStats,
  boundedText,
  ChangeAgent,
  PublishedAgent,
  RegisterAgent,
} from '@cadre/contract'
import { Readable } from 'node:stream'
import { z } from 'zod'
import {
  authorise,
  authoriseSome,
  decidesByObject,
  permittedOnes,
  permittedPage,
  type Action,
} from '#features/access/index.ts'
import type { Blobs } from '#platform/blobs/blobs.ts'
import type { Db } from '#platform/db/db.ts'
import { AppError, invalidField } from '#platform/errors.ts'
import type { Projection } from '#platform/events/projection.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import type { Principal } from '#platform/web/context.ts'
import { answers, createRouter, documented, invalidRequest, takes } from '#platform/web/router.ts'
import type { AgentRecord } from './agent.ts'
import { agentNotFound } from './agent-errors.ts'
import { agentResource, newAgentResource } from './agent-resource.ts'
import type { AgentService, AgentWork } from './agent-service.ts'
import { readAgentStats } from './agent-stats.ts'
import { workOfAgents } from './agent-stats-store.ts'
import { presenceOfAgents } from './agent-instance-store.ts'
import { receiveUpload } from './agent-upload.ts'
import { agentView } from './agent-view.ts'

const TAG = 'Agents'
const params = z.object({ id: boundedText(200, 1) })
const byId = { params }

const list = documented(
  { summary: 'List agents', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/agents',
    request: { query: AgentListQuery },
    responses: { 200: answers(AgentList, 'One page of agents') },
  },
)
const search = documented(
  { summary: 'Search agents', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/agents/search',
    request: { query: AgentSearchQuery },
    responses: { 200: answers(AgentSearch, 'Agents that match, best first') },
  },
)
/** Documentation only: `receiveUpload` reads the form, `AgentFields` judges its texts. */
const UPLOAD_FORM = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['name', 'binary'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', example: 'word-count' },
        version: { type: 'string', default: '1.0.0' },
        description: { type: 'string' },
        capabilities: { type: 'string', description: 'A JSON array', example: '["text.count"]' },
        price: { type: 'string', default: '0', example: '0.0025' },
        examples: { type: 'string', description: 'A JSON array of {title, input}' },
        binary: { type: 'string', format: 'binary', description: 'The module; comes last' },
      },
    },
  },
}
const publish = documented(
  {
    summary: 'Publish a WASM agent or register a remote one',
    tag: TAG,
    description:
      'As `multipart/form-data` (fields name, version, description, capabilities as a JSON array, price, then file binary) it publishes a WASI preview-1 command module. As JSON with `runtime: "remote"` it registers an agent that runs elsewhere and answers its key once.',
    refusals: [409, 413, 422],
  },
  {
    method: 'post',
    path: '/agents',
    request: {
      body: {
        required: true,
        content: { ...takes(RegisterAgent).content, ...(UPLOAD_FORM as Record<never, never>) },
      },
    },
    responses: { 201: answers(PublishedAgent, 'Published') },
  },
)
const read = documented(
  { summary: 'Agent details', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/agents/{id}',
    request: byId,
    responses: { 200: answers(Agent, 'The agent') },
  },
)
const stats = documented(
  { summary: 'Agent statistics', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/agents/{id}/stats',
    request: byId,
    responses: { 200: answers(AgentStats, 'Figures from executed attempts') },
  },
)
const download = documented(
  { summary: 'Download the binary', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/agents/{id}/binary',
    request: byId,
    responses: {
      200: {
        description: 'The WASM module',
        content: { 'application/wasm': { schema: z.string().meta({ format: 'binary' }) } },
      },
    },
  },
)
const change = documented(
  { summary: 'Limit how many tasks an agent runs at once', tag: TAG, refusals: [404, 422] },
  {
    method: 'patch',
    path: '/agents/{id}',
    request: { ...byId, body: takes(ChangeAgent) },
    responses: { 200: answers(Agent, 'The agent as it is now') },
  },
)
const enable = documented(
  { summary: 'Enable an agent', tag: TAG, refusals: [404] },
  {
    method: 'post',
    path: '/agents/{id}/enable',
    request: byId,
    responses: { 200: answers(Agent, 'Enabled') },
  },
)
const disable = documented(
  { summary: 'Disable an agent: its tasks wait', tag: TAG, refusals: [404] },
  {
    method: 'post',
    path: '/agents/{id}/disable',
    request: byId,
    responses: { 200: answers(Agent, 'Disabled') },
  },
)
const remove = documented(
  { summary: 'Delete an idle agent', tag: TAG, refusals: [404, 409] },
  {
    method: 'delete',
    path: '/agents/{id}',
    request: byId,
    responses: { 204: { description: 'Deleted' } },
  },
)
const newKey = documented(
  { summary: 'New key for a remote agent; the old one ends', tag: TAG, refusals: [404, 409] },
  {
    method: 'post',
    path: '/agents/{id}/keys',
    request: byId,
    responses: { 201: answers(AgentKey, 'The key, shown this once') },
  },
)
const claimTask = documented(
  {
    summary: 'Removed: agents no longer poll',
    tag: TAG,
    description: 'Answers 410 and names what replaced it.',
    refusals: [410],
  },
  { method: 'post', path: '/agents/{id}/claim-task', request: byId, responses: {} },
)

export interface AgentRouteOptions {
  agents: AgentService
  work: AgentWork
  db: Db
  blobs: Blobs
  statistics: Projection
  binaryBytesMax: number
}

export const agentRoutes = (options: AgentRouteOptions) => {
  const { agents, db } = options
  const router = createRouter()

  const shown = async (records: readonly AgentRecord[]): Promise<Agent[]> => {
    const ids = records.map((agent) => agent.id)
    const [first] = records
    if (first === undefined) return []
    const { tenantId } = first
    const held = await options.work.heldBy(tenantId, ids)
    const done = await workOfAgents(db.ofTenant(tenantId), ids)
    const present = await presenceOfAgents(db.ofTenant(tenantId), ids)
    return records.map((agent) =>
      agentView(agent, {
        held: held.get(agent.id) ?? 0,
        tasksCompleted: done.get(agent.id)?.completed ?? 0,
        lastFinishedAt: done.get(agent.id)?.lastSeenAt ?? null,
        presence: present.get(agent.id),
      }),
    )
  }
  const shownOne = async (record: AgentRecord): Promise<Agent> => {
    const [agent] = await shown([record])
    if (agent === undefined) throw new Error('Broken invariant: one agent has one view')
    return agent
  }
  const permitted = async (
    principal: Principal,
    action: Action,
    reference: string,
  ): Promise<AgentRecord> => {
    authoriseSome(principal, action)
    const agent = await agents.read(principal.tenantId, reference)
    authorise(principal, action, agentResource(agent), agentNotFound)
    return agent
  }
  const readable = (principal: Principal, reference: string) =>
    permitted(principal, 'agent.read', reference)
  const manageable = (principal: Principal, reference: string) =>
    permitted(principal, 'agent.manage', reference)

  router.openapi(list, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.read')
    const query = context.req.valid('query')
    let total: number | undefined
    const { items, next } = await permittedPage(principal, 'agent.read', {
      limit: query.limit,
      after: decodeCursor(query.cursor, [query.sort_by === 'name' ? 'text' : 'time', 'uuid']),
      fetch: async (after) => {
        const page = await agents.list(principal.tenantId, { ...query, after })
        // How many there are is not told to those who may see some only.
        if (!decidesByObject(principal, 'agent.read')) total = page.total
        return page.agents
      },
      placeOf: (agent) =>
        [query.sort_by === 'name' ? agent.name : agent.createdAt.toISOString(), agent.id] as const,
      resourcesOf: (found) => found.map(agentResource),
    })
    const next_cursor = next && encodeCursor(next)
    return context.json({ items: await shown(items), next_cursor, total }, 200)
  })

  router.openapi(search, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.read')
    const query = context.req.valid('query')
    const found = await agents.search(principal.tenantId, query)
    const visible = permittedOnes(principal, 'agent.read', found.agents, agentResource)
    const total = decidesByObject(principal, 'agent.read') ? visible.length : found.total
    return context.json({ agents: await shown(visible), total, query: query.q }, 200)
  })

  // Ahead of the JSON form of the same route, which would refuse the media type.
  router.use('/agents', async (context, next) => {
    const mediaType = context.req.header('content-type')?.toLowerCase() ?? ''
    if (context.req.method !== 'POST' || !mediaType.startsWith('multipart/form-data')) return next()
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.publish')
    const { fields, binary } = await receiveUpload(context.env.incoming, {
      blobs: options.blobs,
      bytesMax: options.binaryBytesMax,
    })
    try {
      const parsed = parseFields(fields)
      authorisePublishing(principal, parsed, 'wasm')
      const agent = await agents.publishWasm(principal, parsed, binary)
      return context.json(await shownOne(agent), 201)
    } finally {
      await binary.discard()
    }
  })

  router.openapi(publish, async (context) => {
    const principal = context.get('principal')
    const { runtime, ...fields } = context.req.valid('json')
    authorisePublishing(principal, fields, runtime)
    const { agent, key } = await agents.registerRemote(principal, fields)
    return context.json({ ...(await shownOne(agent)), key }, 201)
  })

  router.openapi(read, async (context) => {
    const agent = await readable(context.get('principal'), context.req.valid('param').id)
    return context.json(await shownOne(agent), 200)
  })

  router.openapi(stats, async (context) => {
    const agent = await readable(context.get('principal'), context.req.valid('param').id)
    await options.statistics.catchUp()
    return context.json(await readAgentStats(db.ofTenant(agent.tenantId), agent.id), 200)
  })

  router.openapi(download, async (context) => {
    const agent = await readable(context.get('principal'), context.req.valid('param').id)
    if (agent.binary === null) throw invalidField('id', 'is a remote agent and has no binary')
    await agents.verifyBinary(agent.binary)
    const { content, bytes } = await agents.openBinary(agent.binary)
    return context.body(Readable.toWeb(content) as ReadableStream, 200, {
      'content-type': 'application/wasm',
      'content-length': String(bytes),
      'content-disposition': `attachment; filename="${agent.name}-${agent.version}.wasm"`,
    })
  })

  router.openapi(change, async (context) => {
    const agent = await manageable(context.get('principal'), context.req.valid('param').id)
    const { concurrency_max } = context.req.valid('json')
    return context.json(await shownOne(await agents.limit(agent, concurrency_max)), 200)
  })

  router.openapi(enable, async (context) => {
    const agent = await manageable(context.get('principal'), context.req.valid('param').id)
    return context.json(await shownOne(await agents.enable(agent)), 200)
  })

  router.openapi(disable, async (context) => {
    const agent = await manageable(context.get('principal'), context.req.valid('param').id)
    return context.json(await shownOne(await agents.disable(agent)), 200)
  })

  router.openapi(remove, async (context) => {
    const agent = await manageable(context.get('principal'), context.req.valid('param').id)
    await agents.remove(agent)
    return context.body(null, 204)
  })

  router.openapi(newKey, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.issue_key')
    const agent = await agents.resolve(principal.tenantId, context.req.valid('param').id)
    authorise(principal, 'agent.issue_key', agentResource(agent), agentNotFound)
    return context.json({ key: await agents.issueKey(agent) }, 201)
  })

  router.openapi(claimTask, () => {
    throw pollingRemoved()
  })
  return router
}

const authorisePublishing = (
  principal: Principal,
  fields: AgentFields,
  runtime: AgentRecord['runtime'],
): void =>
  authorise(
    principal,
    'agent.publish',
    newAgentResource(fields, { runtime, ownerId: principal.id }),
  )

/** Multipart fields are text: `capabilities` and `examples` hold JSON. */
const parseFields = (fields: Record<string, string>): AgentFields => {
  const parsed: Record<string, unknown> = { ...fields }
  for (const field of ['capabilities', 'examples']) {
    const text = fields[field]
    if (text !== undefined) parsed[field] = parseJsonField(field, text)
  }
  const result = AgentFields.safeParse(parsed)
  if (!result.success) throw invalidRequest(result.error)
  return result.data
}

const parseJsonField = (field: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidField(field, 'must be a JSON array')
  }
}

const pollingRemoved = () =>
  new AppError({
    kind: 'gone',
    code: 'agent.claim_task_removed',
    publicMessage:
      'Polling for tasks was removed. Open GET /api/v1/agents/{id}/stream to be offered tasks, and claim one with PUT /api/v1/tasks/{id}/status.',
  })
