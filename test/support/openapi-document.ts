/** What the tests use of an OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>
}

export interface DocumentedRoute {
  method: string
  path: string
  operation: Operation
  /** A body that the route takes, so that what refuses a call is not its form. */
  exampleBody: object | undefined
}

/** False for what takes a form and nothing else. */
export const mayTakeJson = ({ operation }: DocumentedRoute): boolean =>
  operation.requestBody === undefined || 'application/json' in operation.requestBody.content

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options'])

export const routesOf = (document: unknown): DocumentedRoute[] =>
  Object.entries((document as OpenApiDocument).paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
        exampleBody: exampleBodyOf(`${method.toUpperCase()} ${path}`, operation),
      })),
  )

/** The query that a route asks for: sound values, so that what refuses a call is not its form. */
export const requiredQueryOf = ({ operation }: DocumentedRoute): string =>
  (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map(({ name }) => `${name}=1.0.0`)
    .join('&')

/** Routes that need no identity, besides health, schemas and webhooks. */
const OPEN_ROUTES = new Set([
  'POST /session',
  'GET /auth/methods',
  'GET /auth/oidc/start',
  'GET /auth/oidc/callback',
  'POST /auth/token',
  'POST /auth/revoke',
  'POST /password/reset',
  'POST /invitations/accept',
  'GET /.well-known/jwks.json',
])

export const isOpenRoute = ({ method, path }: Pick<DocumentedRoute, 'method' | 'path'>): boolean =>
  /^\/(?:health|schemas\/|hooks\/)/.test(path) || OPEN_ROUTES.has(`${method} ${path}`)

/** Sound bodies by route. A new route that takes a body fails the tests until it is named here. */
const FORBID_NOTHING = 'forbid (principal, action, resource) when { false };'
const EXAMPLE_BODIES: Readonly<Record<string, object>> = {
  'POST /session': { key: 'some key' },
  'POST /auth/token': { grant_type: 'api_key', key: 'some key' },
  'POST /auth/revoke': { token: 'some token' },
  'POST /password': { current_password: 'some password', new_password: 'another password' },
  'POST /password/reset': { token: 'some token', new_password: 'another password' },
  'POST /members': { email: 'a@example.com', role: 'viewer', password: 'four words and more' },
  'PATCH /members/{id}': { role: 'viewer' },
  'PATCH /service-accounts/{id}': { role: 'viewer' },
  'PATCH /users/{id}': { is_disabled: false },
  'POST /invitations': { email: 'a@example.com', role: 'viewer' },
  'POST /invitations/accept': { token: 'some token', password: 'four words and more' },
  'POST /service-accounts': { name: 'robot', role: 'viewer' },
  'POST /keys': { label: 'laptop' },
  'POST /keys/{id}/rotate': { overlap_seconds: 0 },
  'POST /tasks': { agent_id: 'somebody' },
  'POST /tasks/batch': { tasks: [{ agent_id: 'somebody' }] },
  'POST /tasks/execute': { agent_id: 'somebody' },
  'PUT /tasks/{id}/status': { agent_id: 'private-remote', new_status: 'DONE' },
  'POST /tasks/{id}/report-failure': { agent_id: 'private-remote', error_message: 'it broke' },
  'POST /tasks/{id}/heartbeat': { agent_id: 'private-remote' },
  'POST /tasks/{id}/progress': { agent_id: 'private-remote', fraction: 0.5 },
  'POST /tasks/{id}/cancel': { reason: 'not needed' },
  'POST /quarantine/tasks/{id}/redrive': { input: { a: 1 } },
  'POST /quarantine/tasks/{id}/purge': { reason: 'not needed' },
  'POST /quarantine/redrive': { filter: { all: true } },
  'POST /quarantine/purge': { filter: { all: true } },
  'POST /quarantine/dead-letters/purge': { all: true },
  'POST /agents/{id}/calls': {
    calls: [{ call: 'claim', task_id: '01a1fbb5-3321-7000-8415-85ba39036a3d' }],
  },
  'PUT /agents/{id}/instances/{instance}': { name: 'worker', transport: 'http' },
  'POST /schedules': { name: 'nightly', cron: '30 2 * * *', task: { agent_id: 'somebody' } },
  'POST /schedules/preview': { every_seconds: 60 },
  'PATCH /schedules/{id}': { missed_runs: 'run_once' },
  'POST /workflows': { source: 'name: x', format: 'yaml' },
  'POST /workflows/lint': { source: 'name: x', format: 'yaml' },
  'POST /tenants': { name: 'acme', admin: { name: 'root' } },
  'PATCH /tenants/{id}': { weight: 2 },
  'POST /tenants/{id}/suspend': { reason: 'unpaid' },
  'PATCH /queues/{name}': { concurrency_max: 5 },
  'PATCH /agents/{id}': { concurrency_max: 5 },
  'POST /agents': { name: 'somebody', runtime: 'remote' },
  'POST /workflows/{id}/trigger': { context: { order: 1 } },
  'POST /workflows/{id}/webhooks': { name: 'shop' },
  'PATCH /workflow-webhooks/{id}': { is_enabled: false },
  'POST /marketplace': { item_type: 'agent', name: 'somebody', version: '1.0.0' },
  'PATCH /marketplace/{name}/versions/{version}': { status: 'active' },
  'POST /marketplace/reviews/{id}/approve': { reason: 'fine' },
  'POST /marketplace/reviews/{id}/reject': { reason: 'not fine' },
  'POST /marketplace/{name}/versions/{version}/try': { input: 1 },
  'POST /installs': { item: 'somebody' },
  'POST /installs/{name}/update': { dry_run: true },
  // A form, which the route asks for once it knows who calls.
  'POST /marketplace/mirrored': {},
  'POST /marketplace/keys': {
    name: 'Somebody',
    public_key: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=',
  },
  'PUT /marketplace/{name}/rating': { rating: 5 },
  'POST /hooks/{token}': { order: 1 },
  'POST /roles': { name: 'release-manager' },
  'PUT /roles/{name}': { permissions: [{ actions: ['task.read'] }] },
  'POST /grants': {
    role: 'viewer',
    actions: ['agent.read'],
    resource: { type: 'Agent', id: 'somebody' },
    reason: 'holiday cover',
  },
  'POST /policies': { name: 'nothing new', text: FORBID_NOTHING },
  'PUT /policies/{id}': { text: FORBID_NOTHING },
  'POST /policies/lint': { text: FORBID_NOTHING },
  'POST /policies/dry-run': { text: FORBID_NOTHING },
  'POST /policies/{id}/activate': { confirm_changes: 0 },
  'POST /policies/{id}/deactivate': { confirm_changes: 0 },
  'POST /access/explain': { action: 'task.read' },
  'POST /runs/{id}/cancel': { reason: 'not needed' },
  'POST /runs/{id}/signals': { name: 'paid' },
  'POST /runs/{id}/rerun': { from: 'failed' },
  'POST /runs/{id}/steps/{step_id}/approve': { comment: 'fine' },
  'POST /runs/{id}/steps/{step_id}/reject': { comment: 'not fine' },
  'POST /runs/{id}/steps/{step_id}/skip': { comment: 'not needed' },
  'POST /runs/{id}/steps/{step_id}/retry': { comment: 'once more' },
  'POST /runs/{id}/steps/{step_id}/complete': { result: 'done by hand' },
}

const exampleBodyOf = (route: string, operation: Operation): object | undefined => {
  if (operation.requestBody === undefined) return undefined
  const example = EXAMPLE_BODIES[route]
  if (example === undefined) throw new Error(`Name a sound body for ${route} in this file.`)
  return example
}
