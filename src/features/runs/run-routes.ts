import {
  ApprovalList,
  ApprovalListQuery,
  boundedText,
  CancelRun,
  CompleteStep,
  DecideStep,
  EventList,
  RerunRun,
  Run,
  RunDetail,
  RunId,
  RunList,
  RunListQuery,
  RunStep,
  RunStepDetail,
  RunStepList,
  RunStepListQuery,
  SignalReceipt,
  SignalRun,
  StepId,
  TriggeredRun,
  TriggerWorkflow,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of runs take and answer. The handlers are in `run-handlers.ts`.

const TAG = 'Runs'
const byId = { params: z.object({ id: RunId }) }
const EventsQuery = z.strictObject({
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
})
const byStep = { params: z.object({ id: RunId, step_id: StepId }) }

export const triggerWorkflow = documented(
  {
    summary: 'Start a run of a workflow',
    tag: TAG,
    description:
      'The run and its first tasks exist together once this is answered. The same idempotency key answers the same run, however many ask at once.',
    refusals: [404, 409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/workflows/{id}/trigger',
    request: {
      params: z.object({
        id: boundedText(300, 1).meta({
          description: 'Id of a workflow, its name (latest version), or `name@version`',
        }),
      }),
      body: takes(TriggerWorkflow),
    },
    responses: {
      201: answers(TriggeredRun, 'The run goes on'),
      200: answers(TriggeredRun, 'The idempotency key was known: the run that it made'),
    },
  },
)

export const listRuns = documented(
  { summary: 'List runs', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/runs',
    request: { query: RunListQuery },
    responses: { 200: answers(RunList, 'One page, the newest first') },
  },
)

export const readRun = documented(
  { summary: 'Read a run', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/runs/{id}',
    request: byId,
    responses: { 200: answers(RunDetail, 'The run with its payloads and counts') },
  },
)

export const listSteps = documented(
  {
    summary: 'The steps of a run',
    tag: TAG,
    description: 'Those that have begun to matter, in the order of their names, and of elements.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/runs/{id}/steps',
    request: { ...byId, query: RunStepListQuery },
    responses: { 200: answers(RunStepList, 'One page') },
  },
)

export const readStep = documented(
  { summary: 'Read a step of a run', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/runs/{id}/steps/{step_id}',
    request: byStep,
    responses: { 200: answers(RunStepDetail, 'The step with its input and output') },
  },
)

export const listRunEvents = documented(
  { summary: 'What happened in a run', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/runs/{id}/events',
    request: { ...byId, query: EventsQuery },
    responses: { 200: answers(EventList, 'Oldest first') },
  },
)

export const pauseRun = documented(
  {
    summary: 'Pause a run',
    tag: TAG,
    description: 'No further step begins; steps that began go on to their end.',
    refusals: [404, 409],
  },
  {
    method: 'post',
    path: '/runs/{id}/pause',
    request: byId,
    responses: { 200: answers(Run, 'Paused') },
  },
)

export const resumeRun = documented(
  { summary: 'Resume a paused run', tag: TAG, refusals: [404, 409] },
  {
    method: 'post',
    path: '/runs/{id}/resume',
    request: byId,
    responses: { 200: answers(Run, 'It goes on') },
  },
)

export const cancelRun = documented(
  {
    summary: 'Cancel a run',
    tag: TAG,
    description:
      'Its open steps are stopped. With compensations recorded, what was done is undone first.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/runs/{id}/cancel',
    request: { ...byId, body: takes(CancelRun) },
    responses: { 200: answers(Run, 'Cancelled, or on its way') },
  },
)

export const signalRun = documented(
  {
    summary: 'Send a run a signal',
    tag: TAG,
    description: 'Wakes the step that waits for it, or is kept for one that will.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/runs/{id}/signals',
    request: { ...byId, body: takes(SignalRun) },
    responses: { 202: answers(SignalReceipt, 'Stored') },
  },
)

export const rerunRun = documented(
  {
    summary: 'Run again',
    tag: TAG,
    description:
      'A new run of the same version: whole, from what failed, or from a step. Results of what comes before are taken over and cost nothing.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/runs/{id}/rerun',
    request: { ...byId, body: takes(RerunRun) },
    responses: { 201: answers(Run, 'The new run') },
  },
)

export const listApprovals = documented(
  { summary: 'Approvals that somebody is asked for', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/approvals',
    request: { query: ApprovalListQuery },
    responses: { 200: answers(ApprovalList, 'One page, the oldest first') },
  },
)

const decision = <const Path extends string>(path: Path, summary: string, description?: string) =>
  documented(
    { summary, tag: TAG, refusals: [404, 409, 422], ...(description && { description }) },
    {
      method: 'post',
      path,
      request: { ...byStep, body: takes(DecideStep) },
      responses: { 200: answers(RunStep, 'The step as it is now') },
    },
  )

export const approveStep = decision('/runs/{id}/steps/{step_id}/approve', 'Approve')
export const rejectStep = decision(
  '/runs/{id}/steps/{step_id}/reject',
  'Reject',
  'The step fails, and its run as the policy of the step says.',
)
export const skipStep = decision(
  '/runs/{id}/steps/{step_id}/skip',
  'Leave a step or a compensation out',
  'A step that is held or runs ends without a result; its task is cancelled.',
)
export const retryStep = decision(
  '/runs/{id}/steps/{step_id}/retry',
  'Try a held step or compensation again',
)

export const completeStep = documented(
  {
    summary: 'Declare a step or a compensation done',
    tag: TAG,
    description: 'With the result that a person gives; its task is cancelled.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/runs/{id}/steps/{step_id}/complete',
    request: { ...byStep, body: takes(CompleteStep) },
    responses: { 200: answers(RunStep, 'Done') },
  },
)
