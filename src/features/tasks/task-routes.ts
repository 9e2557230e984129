import {
  AttemptList,
  CancelTask,
  ClaimedTask,
  CreateTask,
  CreateTaskBatch,
  EventList,
  ExecuteTask,
  ExecutionResult,
  Heartbeat,
  HeartbeatAnswer,
  ReportFailure,
  ReportProgress,
  ResultList,
  ResultListQuery,
  Task,
  TaskCounts,
  TaskId,
  TaskList,
  TaskListQuery,
  UpdateTaskStatus,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the task routes take and answer. The handlers are in `task-handlers.ts`.

const TAG = 'Tasks'
const byId = { params: z.object({ id: TaskId }) }
const EventsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(100).optional(),
})

export const createTask = documented(
  {
    summary: 'Create a task',
    tag: TAG,
    description:
      'Durable once answered. A repeat with the same `idempotency_key` answers the first task and the header `Idempotent-Replayed: true`.',
    refusals: [409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/tasks',
    request: { body: takes(CreateTask) },
    responses: { 201: answers(Task, 'Created, or created before under this idempotency key') },
  },
)

export const createTaskBatch = documented(
  { summary: 'Create up to 1,000 tasks', tag: TAG, refusals: [409, 413, 422, 503] },
  {
    method: 'post',
    path: '/tasks/batch',
    request: { body: takes(CreateTaskBatch) },
    responses: { 201: answers(z.object({ items: z.array(Task) }), 'Created, in the order given') },
  },
)

export const listTasks = documented(
  { summary: 'List tasks', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/tasks',
    request: { query: TaskListQuery },
    responses: { 200: answers(TaskList, 'One page') },
  },
)

export const countTasks = documented(
  { summary: 'Present figures', tag: TAG },
  { method: 'get', path: '/tasks/counts', responses: { 200: answers(TaskCounts, 'Figures') } },
)

export const listResults = documented(
  { summary: 'List results of sandboxed executions', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/tasks/results',
    request: { query: ResultListQuery },
    responses: { 200: answers(ResultList, 'Newest first') },
  },
)

export const executeTask = documented(
  {
    summary: 'Run a WASM agent at once, outside the queue',
    tag: TAG,
    refusals: [404, 409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/tasks/execute',
    request: { body: takes(ExecuteTask) },
    responses: { 200: answers(ExecutionResult, 'How the program ended and what it printed') },
  },
)

export const readTask = documented(
  { summary: 'Read a task', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/tasks/{id}',
    request: byId,
    responses: { 200: answers(Task, 'The task') },
  },
)

export const updateTaskStatus = documented(
  {
    summary: 'Claim a task, complete it or hand it back',
    tag: TAG,
    description:
      '`IN_PROGRESS` claims a due task for the agent and answers its `attempt` and `attempt_token`. `DONE` completes it; on a due task that nobody holds it claims and completes in one step. `TODO`, with the `attempt_token`, hands it back unharmed: it is due again at once and no retry is counted.',
    refusals: [404, 409, 422],
  },
  {
    method: 'put',
    path: '/tasks/{id}/status',
    request: { ...byId, body: takes(UpdateTaskStatus) },
    responses: { 200: answers(ClaimedTask, 'The task as it is now') },
  },
)

export const reportFailure = documented(
  { summary: 'Report that an attempt failed', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/tasks/{id}/report-failure',
    request: { ...byId, body: takes(ReportFailure) },
    responses: { 200: answers(Task, 'Due again later, or in quarantine') },
  },
)

export const heartbeat = documented(
  { summary: 'Prolong the lease', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/tasks/{id}/heartbeat',
    request: { ...byId, body: takes(Heartbeat) },
    responses: { 200: answers(HeartbeatAnswer, 'The lease holds') },
  },
)

export const reportProgress = documented(
  { summary: 'Report progress', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/tasks/{id}/progress',
    request: { ...byId, body: takes(ReportProgress) },
    responses: { 200: answers(Task, 'The task as it is now') },
  },
)

export const cancelTask = documented(
  { summary: 'Cancel a task', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/tasks/{id}/cancel',
    request: { ...byId, body: { ...takes(CancelTask), required: false } },
    responses: { 200: answers(Task, 'Cancelled; a running program is stopped') },
  },
)

export const listAttempts = documented(
  { summary: "A task's attempts", tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/tasks/{id}/attempts',
    request: byId,
    responses: { 200: answers(AttemptList, 'Oldest first') },
  },
)

export const listEvents = documented(
  { summary: "A task's events", tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/tasks/{id}/events',
    request: { ...byId, query: EventsQuery },
    responses: { 200: answers(EventList, 'Oldest first') },
  },
)

export const readResult = documented(
  { summary: 'Result of the latest sandboxed execution', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/tasks/{id}/results',
    request: byId,
    responses: { 200: answers(ExecutionResult, 'The result') },
  },
)
