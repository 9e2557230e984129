import type { AuditListQuery, AuditRecord, AuditVerification, AuditWalkQuery } from './audit.ts'
import type { AgentCall, AgentCallAnswer } from './agent-calls.ts'
import type {
  Agent,
  AgentInstance,
  AgentListQuery,
  AgentStats,
  ChangeAgent,
  InstanceReported,
  PublishedAgent,
  RegisterAgent,
  ReportInstance,
} from './agents.ts'
import type { Circuit } from './circuits.ts'
import { CadreError } from './cadre-error.ts'
import type { ErrorBody } from './errors.ts'
import type { CadreEvent } from './events.ts'
import { installCalls } from './installs-client.ts'
import type { List } from './lists.ts'
import type {
  BulkAnswer,
  DeadLetter,
  DeadLetterQuery,
  PurgeDeadLetters,
  PurgedDeadLetters,
  PurgeTasks,
  QuarantinedTask,
  QuarantinedTaskDetail,
  QuarantineGroup,
  QuarantineGroupQuery,
  QuarantineListQuery,
  RedriveTask,
  RedriveTasks,
} from './quarantine.ts'
import { marketplaceCalls } from './marketplace-client.ts'
import { registryCalls } from './registry-client.ts'
import type { AgentQueues } from './messages.ts'
import type {
  PerformanceComparison,
  PerformanceComparisonQuery,
  PerformanceQuery,
  WorkflowPerformance,
} from './performance.ts'
import type {
  Approval,
  ApprovalListQuery,
  CancelRun,
  CompleteStep,
  DecideStep,
  RerunRun,
  Run,
  RunDetail,
  RunListQuery,
  RunStep,
  RunStepDetail,
  RunStepListQuery,
  SignalReceipt,
  SignalRun,
  TriggeredRun,
  TriggerWorkflow,
} from './runs.ts'
import type {
  CreateSchedule,
  PreviewSchedule,
  Schedule,
  ScheduleListQuery,
  SchedulePreview,
  ScheduleRun,
  TriggeredSchedule,
  UpdateSchedule,
} from './schedules.ts'
import type { ChangeQueue, Queue } from './queues.ts'
import type { WorkflowDocument } from './workflow-document.ts'
import type {
  LintWorkflow,
  PublishedWorkflow,
  PublishWorkflow,
  Workflow,
  WorkflowListQuery,
  WorkflowReport,
  WorkflowSummary,
  WorkflowVersionsQuery,
} from './workflows.ts'
import type {
  ChangeTenant,
  CreatedTenant,
  CreateTenant,
  Tenant,
  TenantListQuery,
} from './tenants.ts'
import type {
  ChangeWebhook,
  CreatedWebhook,
  CreateWebhook,
  Webhook,
  WebhookListQuery,
} from './workflow-webhooks.ts'
import { accessCalls } from './access-client.ts'
import { identityCalls } from './identity-client.ts'
import type { Health } from './system.ts'
import type {
  Attempt,
  ClaimedTask,
  CreateTask,
  ExecutionResult,
  FailureCategory,
  HeartbeatAnswer,
  Task,
  TaskCounts,
  TaskListQuery,
  TaskSummary,
  UpdateTaskStatus,
} from './tasks.ts'

export { CadreError }

export interface ClientOptions {
  /** Where Cadre listens, such as `http://127.0.0.1:8080`. Empty: the page's own origin. */
  baseUrl: string
  /** Left out in a browser, where the session cookie speaks. */
  key?: string
  /** The only I/O: hand in the runtime's `fetch`, or one that adds time-outs or retries. */
  fetch: typeof fetch
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Typed calls, one per route. Every one rejects with {@link CadreError} on a refusal. */
export type Client = ReturnType<typeof createClient>

export const createClient = (options: ClientOptions) => {
  const send = sender(options)
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await send(method, path, body)
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }
  const get = <Answer>(path: string, query: Query = {}) =>
    call<Answer>('GET', path + queryString(query))
  const post = <Answer>(path: string, body: unknown = {}) => call<Answer>('POST', path, body)

  return {
    /** The raw response, for streams and pages that this client has no call for. */
    send,
    tasks: {
      create: (task: CreateTask) => post<Task>('/tasks', task),
      createBatch: (tasks: CreateTask[]) => post<{ items: Task[] }>('/tasks/batch', { tasks }),
      get: (id: string) => get<Task>(`/tasks/${encodeURIComponent(id)}`),
      list: (query: TaskListQuery = {}) => get<List<TaskSummary>>('/tasks', query as Query),
      counts: () => get<TaskCounts>('/tasks/counts'),
      attempts: (id: string) => get<List<Attempt>>(`/tasks/${encodeURIComponent(id)}/attempts`),
      events: (id: string) => get<List<CadreEvent>>(`/tasks/${encodeURIComponent(id)}/events`),
      result: (id: string) => get<ExecutionResult>(`/tasks/${encodeURIComponent(id)}/results`),
      updateStatus: (id: string, body: UpdateTaskStatus) =>
        call<ClaimedTask>('PUT', `/tasks/${encodeURIComponent(id)}/status`, body),
      reportFailure: (id: string, body: FailureReport) =>
        post<Task>(`/tasks/${encodeURIComponent(id)}/report-failure`, body),
      heartbeat: (id: string, body: HeartbeatReport) =>
        post<HeartbeatAnswer>(`/tasks/${encodeURIComponent(id)}/heartbeat`, body),
      progress: (id: string, body: ProgressReport) =>
        post<Task>(`/tasks/${encodeURIComponent(id)}/progress`, body),
      cancel: (id: string, reason?: string) =>
        post<Task>(`/tasks/${encodeURIComponent(id)}/cancel`, { reason }),
      execute: (body: { agent_id: string; input?: unknown; timeout_seconds?: number }) =>
        post<ExecutionResult>('/tasks/execute', body),
    },
    quarantine: {
      groups: (query: QuarantineGroupQuery = {}) =>
        get<List<QuarantineGroup>>('/quarantine/groups', query as Query),
      group: (fingerprint: string) =>
        get<QuarantineGroup>(`/quarantine/groups/${encodeURIComponent(fingerprint)}`),
      list: (query: QuarantineListQuery = {}) =>
        get<List<QuarantinedTask>>('/quarantine/tasks', query as Query),
      get: (id: string) =>
        get<QuarantinedTaskDetail>(`/quarantine/tasks/${encodeURIComponent(id)}`),
      redrive: (id: string, body: RedriveTask = {}) =>
        post<Task>(`/quarantine/tasks/${encodeURIComponent(id)}/redrive`, body),
      purge: (id: string, reason?: string) =>
        post<Task>(`/quarantine/tasks/${encodeURIComponent(id)}/purge`, { reason }),
      /** One call of many tasks; see {@link everyBatch}, which goes on to the end. */
      redriveMany: (body: RedriveTasks) => post<BulkAnswer>('/quarantine/redrive', body),
      purgeMany: (body: PurgeTasks) => post<BulkAnswer>('/quarantine/purge', body),
      deadLetters: (query: DeadLetterQuery = {}) =>
        get<List<DeadLetter>>('/quarantine/dead-letters', query as Query),
      redispatch: (id: string) =>
        post<Task>(`/quarantine/dead-letters/${encodeURIComponent(id)}/redispatch`),
      purgeDeadLetters: (body: PurgeDeadLetters) =>
        post<PurgedDeadLetters>('/quarantine/dead-letters/purge', body),
    },
    agents: {
      list: (query: AgentListQuery = {}) => get<List<Agent>>('/agents', query as Query),
      search: (q: string, limit?: number) =>
        get<{ agents: Agent[]; total: number; query: string }>('/agents/search', { q, limit }),
      get: (id: string) => get<Agent>(`/agents/${encodeURIComponent(id)}`),
      stats: (id: string) => get<AgentStats>(`/agents/${encodeURIComponent(id)}/stats`),
      register: (agent: RegisterAgent) => post<PublishedAgent>('/agents', agent),
      /** `form`: fields name, version, description, capabilities, price, then file `binary`. */
      publish: async (form: FormData) =>
        (await (await send('POST', '/agents', form)).json()) as PublishedAgent,
      enable: (id: string) => post<Agent>(`/agents/${encodeURIComponent(id)}/enable`),
      disable: (id: string) => post<Agent>(`/agents/${encodeURIComponent(id)}/disable`),
      change: (id: string, change: ChangeAgent) =>
        call<Agent>('PATCH', `/agents/${encodeURIComponent(id)}`, change),
      remove: (id: string) => call<void>('DELETE', `/agents/${encodeURIComponent(id)}`),
      /** What an agent has to say about several tasks, in one request; answers in the same order. */
      calls: (id: string, calls: AgentCall[]) =>
        post<{ answers: AgentCallAnswer[] }>(`/agents/${encodeURIComponent(id)}/calls`, { calls }),
      /** Makes sure that the agent's queues exist at the broker, and names them. */
      queues: (id: string) => get<AgentQueues>(`/agents/${encodeURIComponent(id)}/queues`),
      /** Processes of a remote agent, connected ones first. */
      instances: (id: string) =>
        get<List<AgentInstance>>(`/agents/${encodeURIComponent(id)}/instances`),
      reportInstance: (id: string, instance: string, report: ReportInstance) =>
        call<InstanceReported>('PUT', instancePath(id, instance), report),
      removeInstance: (id: string, instance: string) =>
        call<void>('DELETE', instancePath(id, instance)),
      newKey: (id: string) => post<{ key: string }>(`/agents/${encodeURIComponent(id)}/keys`),
    },
    runs: {
      trigger: (workflow: string, body: TriggerWorkflow = {}) =>
        post<TriggeredRun>(`/workflows/${encodeURIComponent(workflow)}/trigger`, body),
      list: (query: RunListQuery = {}) => get<List<Run>>('/runs', query as Query),
      get: (id: string) => get<RunDetail>(`/runs/${encodeURIComponent(id)}`),
      steps: (id: string, query: RunStepListQuery = {}) =>
        get<List<RunStep>>(`/runs/${encodeURIComponent(id)}/steps`, query as Query),
      step: (id: string, stepId: string) =>
        get<RunStepDetail>(`/runs/${encodeURIComponent(id)}/steps/${encodeURIComponent(stepId)}`),
      /** What happened, oldest first. */
      events: (id: string, query: { cursor?: string; limit?: number } = {}) =>
        get<List<CadreEvent>>(`/runs/${encodeURIComponent(id)}/events`, query),
      pause: (id: string) => post<Run>(`/runs/${encodeURIComponent(id)}/pause`),
      resume: (id: string) => post<Run>(`/runs/${encodeURIComponent(id)}/resume`),
      cancel: (id: string, body: CancelRun = {}) =>
        post<Run>(`/runs/${encodeURIComponent(id)}/cancel`, body),
      signal: (id: string, body: SignalRun) =>
        post<SignalReceipt>(`/runs/${encodeURIComponent(id)}/signals`, body),
      rerun: (id: string, body: RerunRun = {}) =>
        post<Run>(`/runs/${encodeURIComponent(id)}/rerun`, body),
      approvals: (query: ApprovalListQuery = {}) =>
        get<List<Approval>>('/approvals', query as Query),
      /** What a person decides about a step that waits for it. */
      decide: (
        id: string,
        stepId: string,
        decision: 'approve' | 'reject' | 'skip' | 'retry' | 'complete',
        body: DecideStep | CompleteStep = {},
      ) =>
        post<RunStep>(
          `/runs/${encodeURIComponent(id)}/steps/${encodeURIComponent(stepId)}/${decision}`,
          body,
        ),
    },
    performance: {
      /** Of a workflow, by its name: its runs, its steps, and the heaviest paths through it. */
      read: (workflow: string, query: PerformanceQuery = {}) =>
        get<WorkflowPerformance>(
          `/workflows/${encodeURIComponent(workflow)}/performance`,
          query as Query,
        ),
      compare: (workflow: string, query: PerformanceComparisonQuery) =>
        get<PerformanceComparison>(
          `/workflows/${encodeURIComponent(workflow)}/performance/compare`,
          query as Query,
        ),
    },
    schedules: {
      create: (schedule: CreateSchedule) => post<Schedule>('/schedules', schedule),
      preview: (timing: PreviewSchedule) => post<SchedulePreview>('/schedules/preview', timing),
      list: (query: ScheduleListQuery = {}) => get<List<Schedule>>('/schedules', query as Query),
      get: (id: string) => get<Schedule>(`/schedules/${encodeURIComponent(id)}`),
      update: (id: string, change: UpdateSchedule) =>
        call<Schedule>('PATCH', `/schedules/${encodeURIComponent(id)}`, change),
      pause: (id: string) => post<Schedule>(`/schedules/${encodeURIComponent(id)}/pause`),
      resume: (id: string) => post<Schedule>(`/schedules/${encodeURIComponent(id)}/resume`),
      trigger: (id: string) =>
        post<TriggeredSchedule>(`/schedules/${encodeURIComponent(id)}/trigger`),
      remove: (id: string) => call<void>('DELETE', `/schedules/${encodeURIComponent(id)}`),
      runs: (id: string, limit?: number) =>
        get<List<ScheduleRun>>(`/schedules/${encodeURIComponent(id)}/runs`, { limit }),
    },
    workflows: {
      /** A definition as an object, or its text with `{source}`. */
      publish: (definition: WorkflowDocument | PublishWorkflow) =>
        post<PublishedWorkflow>('/workflows', definition),
      /** Says what publishing would say. */
      lint: (definition: WorkflowDocument | LintWorkflow) =>
        post<WorkflowReport>('/workflows/lint', definition),
      list: (query: WorkflowListQuery = {}) =>
        get<List<WorkflowSummary>>('/workflows', query as Query),
      /** By id, name (the latest version) or `name@version`. */
      get: (id: string) => get<Workflow>(`/workflows/${encodeURIComponent(id)}`),
      versions: (id: string, query: WorkflowVersionsQuery = {}) =>
        get<List<WorkflowSummary>>(`/workflows/${encodeURIComponent(id)}/versions`, query as Query),
      remove: (id: string) => call<void>('DELETE', `/workflows/${encodeURIComponent(id)}`),
    },
    webhooks: {
      create: (workflow: string, webhook: CreateWebhook) =>
        post<CreatedWebhook>(`/workflows/${encodeURIComponent(workflow)}/webhooks`, webhook),
      list: (query: WebhookListQuery = {}) =>
        get<List<Webhook>>('/workflow-webhooks', query as Query),
      /** By id or name, as the others. */
      change: (id: string, change: ChangeWebhook) =>
        call<Webhook>('PATCH', `/workflow-webhooks/${encodeURIComponent(id)}`, change),
      remove: (id: string) => call<void>('DELETE', `/workflow-webhooks/${encodeURIComponent(id)}`),
    },
    tenants: {
      /** By name. */
      list: (query: TenantListQuery = {}) => get<List<Tenant>>('/tenants', query as Query),
      create: (tenant: CreateTenant) => post<CreatedTenant>('/tenants', tenant),
      get: (id: string) => get<Tenant>(`/tenants/${encodeURIComponent(id)}`),
      change: (id: string, change: ChangeTenant) =>
        call<Tenant>('PATCH', `/tenants/${encodeURIComponent(id)}`, change),
      suspend: (id: string, reason: string) =>
        post<Tenant>(`/tenants/${encodeURIComponent(id)}/suspend`, { reason }),
      resume: (id: string) => post<Tenant>(`/tenants/${encodeURIComponent(id)}/resume`),
      /** Newline-delimited JSON: what it is, every row of every table, and how many there were. */
      exportRaw: (id: string) => send('GET', `/tenants/${encodeURIComponent(id)}/export`),
      /** Begins the deletion of a suspended tenant; `name` is its name once more. */
      remove: (id: string, name: string) =>
        call<Tenant>('DELETE', `/tenants/${encodeURIComponent(id)}${queryString({ name })}`),
    },
    queues: {
      list: () => get<List<Queue>>('/queues'),
      get: (name: string) => get<Queue>(`/queues/${encodeURIComponent(name)}`),
      change: (name: string, change: ChangeQueue) =>
        call<Queue>('PATCH', `/queues/${encodeURIComponent(name)}`, change),
      pause: (name: string) => post<Queue>(`/queues/${encodeURIComponent(name)}/pause`),
      resume: (name: string) => post<Queue>(`/queues/${encodeURIComponent(name)}/resume`),
    },
    audit: {
      /** The newest first. */
      list: (query: AuditListQuery = {}) => get<List<AuditRecord>>('/audit', query as Query),
      /** Newline-delimited JSON: records, the oldest first, and the places between which they stand. */
      exportRaw: (query: AuditWalkQuery = {}) =>
        send('GET', `/audit/export${queryString(query as Query)}`),
      verify: (query: AuditWalkQuery = {}) =>
        get<AuditVerification>('/audit/verify', query as Query),
    },
    ...accessCalls({ call, get, post }),
    circuits: {
      list: () => get<List<Circuit>>('/circuits'),
      reset: (name: string) => post<Circuit>(`/circuits/${encodeURIComponent(name)}/reset`),
    },
    ...marketplaceCalls({ call, post, get: (path, query) => get(path, query as Query) }),
    ...installCalls({ call, post, get: (path, query) => get(path, query as Query) }),
    ...registryCalls({ call, get, post }),
    ...identityCalls({ call, post, get: (path, query) => get(path, query as Query) }),
    health: () => get<Health>('/health'),
  }
}

/** Repeats a call of many tasks from its cursor until nothing is left; answers the sums. */
export const everyBatch = async (
  call: (cursor?: string) => Promise<BulkAnswer>,
  onProgress: (sum: BulkAnswer) => void = () => {},
): Promise<BulkAnswer> => {
  let sum = await call()
  while (sum.next_cursor !== null) {
    onProgress(sum)
    const next = await call(sum.next_cursor)
    sum = {
      ...next,
      matched: sum.matched + next.matched,
      changed: sum.changed + next.changed,
      skipped: sum.skipped + next.skipped,
    }
  }
  return sum
}

export interface FailureReport {
  agent_id: string
  attempt_token?: string
  error_message: string
  category?: FailureCategory
  retry_after_seconds?: number
  cost?: string | number
}

export interface HeartbeatReport {
  agent_id: string
  attempt_token?: string
  lease_seconds?: number
}

export interface ProgressReport {
  agent_id: string
  attempt_token?: string
  fraction?: number
  message?: string
}

/** Health answers 503 with a body of its own shape when unhealthy; that is an answer, not a fault. */
const isAnswer = (response: Response, path: string) =>
  response.ok || (response.status === 503 && path === '/health')

const sender =
  (options: ClientOptions) =>
  async (
    method: string,
    path: string,
    body?: unknown,
    init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> => {
    const headers: Record<string, string> = { accept: 'application/json', ...init.headers }
    if (options.key) headers['authorization'] = `Bearer ${options.key}`
    const isForm = body instanceof FormData
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json'
    const response = await options.fetch(`${options.baseUrl}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
      signal: init.signal,
    })
    if (!isAnswer(response, path)) throw await errorOf(response)
    return response
  }

const errorOf = async (response: Response): Promise<CadreError> => {
  const body = (await response.json().catch(() => null)) as ErrorBody | null
  return new CadreError(
    response.status,
    body?.error ?? {
      code: 'http.unexpected_answer',
      message: `The server answered ${response.status} without saying why.`,
    },
    retryAfterOf(response),
  )
}

const retryAfterOf = ({ headers }: Response): number | null => {
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10)
  return Number.isNaN(seconds) ? null : seconds
}

const instancePath = (id: string, instance: string): string =>
  `/agents/${encodeURIComponent(id)}/instances/${encodeURIComponent(instance)}`

const queryString = (query: Query): string => {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  if (pairs.length === 0) return ''
  return `?${new URLSearchParams(pairs.map(([key, value]): [string, string] => [key, String(value)]))}`
}
