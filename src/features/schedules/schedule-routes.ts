import {
  boundedText,
  CreateSchedule,
  PreviewSchedule,
  Schedule,
  ScheduleList,
  ScheduleListQuery,
  SchedulePreview,
  ScheduleRunList,
  TriggeredSchedule,
  UpdateSchedule,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the schedule routes take and answer. The handlers are in `schedule-handlers.ts`.

const TAG = 'Schedules'
const byId = {
  params: z.object({ id: boundedText(200, 1).meta({ description: 'Schedule id, or its name' }) }),
}
const RunsQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) })

export const createSchedule = documented(
  {
    summary: 'Create a schedule',
    tag: TAG,
    description:
      'Each run creates one task, or starts one workflow, exactly once, with the idempotency key `schedule:<id>:<due time>`. A cron expression with certain hours runs once per wall time: where clocks skip it, at the jump; where they show it twice, the first time. One whose hour is `*` follows elapsed time.',
    refusals: [409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/schedules',
    request: { body: takes(CreateSchedule) },
    responses: { 201: answers(Schedule, 'Created') },
  },
)

export const previewSchedule = documented(
  { summary: 'Show when a schedule would run', tag: TAG, refusals: [422] },
  {
    method: 'post',
    path: '/schedules/preview',
    request: { body: takes(PreviewSchedule) },
    responses: { 200: answers(SchedulePreview, 'Up to five runs') },
  },
)

export const listSchedules = documented(
  { summary: 'List schedules', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/schedules',
    request: { query: ScheduleListQuery },
    responses: { 200: answers(ScheduleList, 'One page, the newest first') },
  },
)

export const readSchedule = documented(
  { summary: 'Read a schedule', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/schedules/{id}',
    request: byId,
    responses: { 200: answers(Schedule, 'The schedule with its next five runs') },
  },
)

export const updateSchedule = documented(
  {
    summary: 'Change a schedule',
    tag: TAG,
    description: 'What is left out stays. Its next run is counted anew when its times change.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'patch',
    path: '/schedules/{id}',
    request: { ...byId, body: takes(UpdateSchedule) },
    responses: { 200: answers(Schedule, 'The schedule as it is now') },
  },
)

export const pauseSchedule = documented(
  { summary: 'Pause a schedule', tag: TAG, refusals: [404] },
  {
    method: 'post',
    path: '/schedules/{id}/pause',
    request: byId,
    responses: { 200: answers(Schedule, 'Paused') },
  },
)

export const resumeSchedule = documented(
  {
    summary: 'Resume a schedule',
    tag: TAG,
    description: 'Goes on with the next run from now on; runs of the pause were not missed.',
    refusals: [404, 409],
  },
  {
    method: 'post',
    path: '/schedules/{id}/resume',
    request: byId,
    responses: { 200: answers(Schedule, 'Resumed') },
  },
)

export const triggerSchedule = documented(
  {
    summary: 'Run a schedule once, now',
    tag: TAG,
    description: 'Paused or not, and whatever its overlap policy says.',
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/schedules/{id}/trigger',
    request: byId,
    responses: { 201: answers(TriggeredSchedule, 'The task, or the run of the workflow, exists') },
  },
)

export const deleteSchedule = documented(
  {
    summary: 'Delete a schedule',
    tag: TAG,
    description: 'Its tasks and workflow runs stay.',
    refusals: [404],
  },
  {
    method: 'delete',
    path: '/schedules/{id}',
    request: byId,
    responses: { 204: { description: 'Deleted' } },
  },
)

export const listRuns = documented(
  { summary: 'The latest runs of a schedule', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/schedules/{id}/runs',
    request: { ...byId, query: RunsQuery },
    responses: { 200: answers(ScheduleRunList, 'The newest first; up to 100 are kept') },
  },
)
