import { randomUUID } from 'node:crypto'
import type { Agent, AgentId, Attempt, TaskId } from '@cadre/contract'
import type { FakeCadre, FakeRequest } from './fake-cadre.ts'

export const AGENT_ID = '0198f0aa-0000-7000-8000-000000000001' as AgentId
const NOW = '2026-07-01T08:30:00.000Z'

export type FakeTask = ReturnType<typeof newTask>

export const newTask = () => ({
  id: randomUUID() as TaskId,
  kind: 'queued',
  title: null as string | null,
  agent_id: AGENT_ID as string | null,
  agent_name: 'echo' as string | null,
  capability: null as string | null,
  input: null as unknown,
  priority: 'medium',
  status: 'TODO',
  assigned_agent_id: null as string | null,
  attempt: 0,
  attempt_token: undefined as string | undefined,
  retry_count: 0,
  max_retries: 3,
  backoff: { base_seconds: 5, cap_seconds: 300 },
  timeouts: { queue_seconds: null, execution_seconds: null, total_seconds: null },
  run_at: NOW,
  lease_expires_at: null,
  waiting: null as unknown,
  progress: null as unknown,
  result: null as unknown,
  cost: null as unknown,
  last_error: null as string | null,
  last_error_category: null as string | null,
  concurrency_key: null,
  idempotency_key: null as unknown,
  tags: [],
  created_at: NOW,
  updated_at: NOW,
  started_at: null as string | null,
  finished_at: null as string | null,
  attempts: [] as Partial<Attempt>[],
})

export const newAgent = (name: string): Agent => ({
  id: AGENT_ID,
  name,
  version: '1.0.0',
  description: 'Answers what it was asked',
  owner: 'admin',
  runtime: 'wasm',
  capabilities: ['text.echo'],
  examples: [],
  status: 'IDLE',
  enabled: true,
  price: '0.000000',
  binary_url: null,
  binary_sha256: null,
  binary_bytes: 100,
  concurrency_max: null,
  presence: null,
  tasks_completed: 3,
  rating: null,
  last_error: null,
  last_seen_at: NOW,
  created_at: NOW,
  updated_at: NOW,
})

interface Answer {
  status: number
  body: unknown
}
const ok = (body: unknown, status = 200): Answer => ({ status, body })
const no = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message, request_id: 'request-1' } },
})

export const answerOf = (request: FakeRequest, fake: FakeCadre): Answer => {
  const [room, id, action = ''] = request.path.split('/').slice(1)
  if (room === 'health') return ok(health)
  if (room === 'session') return ok(identity)
  if (room === 'agents') return agentAnswer(request, fake, id, action)
  if (room !== 'tasks') return no(404, 'http.not_found', 'There is no such route.')
  if (id === undefined) return tasksAnswer(request, fake)
  if (id === 'execute') return ok(resultOf(fake.addTask({ input: request.body['input'] })))
  const task = fake.tasks.get(id)
  if (!task) return no(404, 'task.not_found', `There is no task ${id}.`)
  return taskAnswer(`${request.method} ${action}`, request.body, task)
}

const tasksAnswer = (request: FakeRequest, fake: FakeCadre): Answer => {
  if (request.method === 'GET') {
    return ok({ items: [...fake.tasks.values()], next_cursor: null, total: fake.tasks.size })
  }
  const { input, title, idempotency_key } = request.body
  const known = [...fake.tasks.values()].find((task) => task.idempotency_key === idempotency_key)
  if (known && idempotency_key !== undefined) return ok(known, 201)
  const fields = { input, title: (title as string) ?? null, idempotency_key }
  return ok(fake.addTask(fields), 201)
}

const agentAnswer = (
  request: FakeRequest,
  fake: FakeCadre,
  id: string | undefined,
  action: string,
): Answer => {
  if (request.method === 'POST' && action === '')
    return ok({ ...fake.agents[0], key: 'cadre_agent_key' }, 201)
  if (id === undefined) {
    const name = request.query.get('name')
    const items = fake.agents.filter((agent) => name === null || agent.name === name)
    return ok({ items, next_cursor: null, total: items.length })
  }
  if (id === 'search') return ok({ agents: fake.agents, total: fake.agents.length, query: '' })
  if (action === 'instances') return ok({ next_report_seconds: 10 })
  if (action === 'calls') return callsAnswer(request, fake)
  const agent = fake.agents.find((agent) => agent.id === id || agent.name === id)
  if (!agent) return no(404, 'agent.not_found', `There is no agent ${id}.`)
  return ok(action === 'stats' ? stats : agent)
}

/** Several calls in one request, each answered as its own route would. */
const callsAnswer = (request: FakeRequest, fake: FakeCadre): Answer => {
  const calls = request.body['calls'] as Record<string, unknown>[]
  return ok({
    answers: calls.map(({ call, task_id, ...body }) => {
      const task = fake.tasks.get(String(task_id))
      if (task === undefined) return { error: { status: 404, code: 'task.not_found', message: '' } }
      const { status, body: said } = taskAnswer(...routeOf(String(call), body), task)
      if (status >= 400) return { error: { status, ...(said as { error: object }).error } }
      return call === 'claim' ? { task: said } : {}
    }),
  })
}

const routeOf = (call: string, body: Record<string, unknown>): [string, typeof body] => {
  if (call === 'heartbeat') return ['POST heartbeat', body]
  if (call === 'fail') return ['POST report-failure', body]
  const new_status = { claim: 'IN_PROGRESS', complete: 'DONE', hand_back: 'TODO' }[call]
  return ['PUT status', { ...body, new_status }]
}

const taskAnswer = (route: string, body: Record<string, unknown>, task: FakeTask): Answer => {
  if (route === 'GET ') return ok(task)
  if (route === 'GET attempts') return ok({ items: task.attempts, next_cursor: null })
  if (route === 'GET results') return ok(resultOf(task))
  if (route === 'POST cancel') {
    task.status = 'CANCELLED'
    return ok(task)
  }
  if (route === 'PUT status' && body['new_status'] === 'IN_PROGRESS') return claim(task)
  if (task.status === 'CANCELLED') return no(409, 'task.already_finished', 'It is cancelled.')
  const isStale = task.status !== 'IN_PROGRESS' || body['attempt_token'] !== task.attempt_token
  if (isStale) return no(409, 'task.stale_claim', 'Another attempt holds this task.')
  return reportAnswer(route, body, task)
}

const claim = (task: FakeTask): Answer => {
  if (task.status !== 'TODO') return no(409, 'task.not_due', 'Somebody else has it.')
  task.attempt += 1
  task.attempt_token = randomUUID()
  task.status = 'IN_PROGRESS'
  task.assigned_agent_id = AGENT_ID
  task.attempts.push({ attempt: task.attempt, agent_id: AGENT_ID, outcome: 'running' })
  return ok({ ...task })
}

const reportAnswer = (route: string, body: Record<string, unknown>, task: FakeTask): Answer => {
  if (route === 'POST heartbeat') {
    return ok({ lease_expires_at: NOW })
  }
  if (route === 'POST progress') {
    task.progress = { fraction: body['fraction'] ?? null, message: body['message'] ?? null }
    return ok(task)
  }
  const latest = task.attempts.at(-1) ?? {}
  task.cost = body['cost'] ?? null
  if (route === 'PUT status' && body['new_status'] === 'TODO') {
    latest.outcome = 'lost'
    task.status = 'TODO'
    return ok(task)
  }
  if (route === 'PUT status') {
    latest.outcome = 'done'
    task.status = 'DONE'
    task.result = body['result'] ?? null
    return ok(task)
  }
  latest.outcome = 'failed'
  task.retry_count += 1
  task.last_error = String(body['error_message'])
  task.last_error_category = String(body['category'])
  task.status = body['category'] === 'permanent' ? 'QUARANTINED' : 'TODO'
  return ok(task)
}

const resultOf = (task: FakeTask) => ({
  task_id: task.id,
  agent_id: AGENT_ID,
  exit_code: 0,
  stdout: typeof task.input === 'string' ? task.input : JSON.stringify(task.input ?? null),
  stderr: '',
  duration_ms: 1.5,
  error: null,
  outcome: 'exit',
})

const health = {
  status: 'healthy',
  version: '0.1.0',
  started_at: NOW,
  uptime_seconds: 12,
  components: { database: { status: 'healthy', detail: 'PGlite answers', latency_ms: 0.4 } },
}

const identity = {
  principal_id: AGENT_ID,
  kind: 'agent',
  name: 'echo',
  role: 'agent',
  tenant_id: 'tenant-1',
}

const stats = {
  agent_id: AGENT_ID,
  concurrency_max: null,
  tasks_completed: 3,
  attempts: 4,
  attempts_failed: 1,
  success_rate: 0.75,
  quarantined: 0,
  quarantine_rate: 0,
  latency_ms: { mean: 2, p50: 1.5, p95: 4, p99: 4 },
  total_cost: '0.000000',
  cost_per_completed_task: '0.000000',
  last_seen_at: NOW,
}
