import {
  boundedText,
  BulkAnswer,
  DeadLetterList,
  DeadLetterQuery,
  PurgeDeadLetters,
  PurgedDeadLetters,
  PurgeTask,
  PurgeTasks,
  QuarantinedTaskDetail,
  QuarantinedTaskList,
  QuarantineGroup,
  QuarantineGroupList,
  QuarantineGroupQuery,
  QuarantineListQuery,
  RedriveTask,
  RedriveTasks,
  Task,
  TaskId,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of the inbox take and answer. The handlers are in `quarantine-handlers.ts`.

const TAG = 'Quarantine'
const byTask = { params: z.object({ id: TaskId }) }
const byLetter = { params: z.object({ id: z.guid().toLowerCase() }) }

export const listGroups = documented(
  {
    summary: 'List failures that look alike',
    tag: TAG,
    description: 'Groups that have tasks in quarantine, the one with the latest failure first.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/quarantine/groups',
    request: { query: QuarantineGroupQuery },
    responses: { 200: answers(QuarantineGroupList, 'One page') },
  },
)

export const readGroup = documented(
  { summary: 'Read a group of failures', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/quarantine/groups/{fingerprint}',
    request: { params: z.object({ fingerprint: boundedText(64, 1) }) },
    responses: { 200: answers(QuarantineGroup, 'The group') },
  },
)

export const listTasks = documented(
  { summary: 'List tasks in quarantine', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/quarantine/tasks',
    request: { query: QuarantineListQuery },
    responses: { 200: answers(QuarantinedTaskList, 'Newest first') },
  },
)

export const readTask = documented(
  { summary: 'Read a task in quarantine with its attempts', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/quarantine/tasks/{id}',
    request: byTask,
    responses: { 200: answers(QuarantinedTaskDetail, 'The task, and everything that was tried') },
  },
)

export const redriveTask = documented(
  {
    summary: 'Redrive a task',
    tag: TAG,
    description:
      'The task is due again at once, with its input or another one. Its attempts stay and their numbers go on.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/quarantine/tasks/{id}/redrive',
    request: { ...byTask, body: { ...takes(RedriveTask), required: false } },
    responses: { 200: answers(Task, 'Due again') },
  },
)

export const purgeTask = documented(
  {
    summary: 'Purge a task',
    tag: TAG,
    description:
      'The task ends as CANCELLED and leaves the inbox. It can be read until retention removes it.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/quarantine/tasks/{id}/purge',
    request: { ...byTask, body: { ...takes(PurgeTask), required: false } },
    responses: { 200: answers(Task, 'Cancelled') },
  },
)

const MANY =
  'Works through the oldest first, in small transactions, up to 5,000 tasks a call: repeat the call with `next_cursor` until it is null. Tasks that enter quarantine after the first call are left alone.'

export const redriveTasks = documented(
  {
    summary: 'Redrive all tasks that match',
    tag: TAG,
    description: `${MANY} Two calls at once redrive each task once.`,
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/quarantine/redrive',
    request: { body: takes(RedriveTasks) },
    responses: { 200: answers(BulkAnswer, 'What matched and what was changed') },
  },
)

export const purgeTasks = documented(
  { summary: 'Purge all tasks that match', tag: TAG, description: MANY, refusals: [404, 422] },
  {
    method: 'post',
    path: '/quarantine/purge',
    request: { body: takes(PurgeTasks) },
    responses: { 200: answers(BulkAnswer, 'What matched and what was changed') },
  },
)

export const listDeadLetters = documented(
  {
    summary: 'List messages that could not be delivered',
    tag: TAG,
    description:
      'A task outlives its message: a waiting one is dispatched anew by itself after a while.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/quarantine/dead-letters',
    request: { query: DeadLetterQuery },
    responses: { 200: answers(DeadLetterList, 'Newest first') },
  },
)

export const redispatch = documented(
  { summary: 'Dispatch the task of a dead letter anew', tag: TAG, refusals: [404, 409] },
  {
    method: 'post',
    path: '/quarantine/dead-letters/{id}/redispatch',
    request: byLetter,
    responses: { 200: answers(Task, 'Its task; the letter is gone') },
  },
)

export const purgeDeadLetters = documented(
  { summary: 'Purge dead letters', tag: TAG, refusals: [422] },
  {
    method: 'post',
    path: '/quarantine/dead-letters/purge',
    request: { body: takes(PurgeDeadLetters) },
    responses: { 200: answers(PurgedDeadLetters, 'How many matched and are gone') },
  },
)
