import type { ChangeQueue, Queue } from '@cadre/contract'
import { findAgent } from '../agent-reference.ts'
import { usageError } from '../failures.ts'
import { fieldLines } from '../field-lines.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'
import { queueLimits, relativeTime } from '../wording.ts'

const SHARED = 'tasks.wasm'

type Limit = number | 'none'

interface Limits {
  concurrency?: Limit
  perKey?: Limit
  rate?: Limit
  burst?: Limit
}

/** `cadre queue NAME` */
export const showQueue: Action<[reference: string]> = async (session, [reference]) => {
  const { client, terminal } = session
  const queue = await client.queues.get(await nameOf(session, reference))
  if (terminal.isJson) return terminal.document(queue)
  for (const line of fieldLines(fieldsOf(queue), terminal)) terminal.line(line)
}

/** `cadre queue pause NAME` */
export const pauseQueue: Action<[reference: string]> = async (session, [reference]) => {
  const { client, terminal } = session
  const queue = await client.queues.pause(await nameOf(session, reference))
  if (terminal.isJson) return terminal.document(queue)
  terminal.line(`Queue ${printable(queue.title)} is paused.`)
}

/** `cadre queue resume NAME` */
export const resumeQueue: Action<[reference: string]> = async (session, [reference]) => {
  const { client, terminal } = session
  const queue = await client.queues.resume(await nameOf(session, reference))
  if (terminal.isJson) return terminal.document(queue)
  terminal.line(`Queue ${printable(queue.title)} goes on.`)
}

/** `cadre queue set NAME` */
export const setLimits: Action<[reference: string], Limits> = async (
  session,
  [reference],
  limits,
) => {
  const { client, terminal } = session
  const change: ChangeQueue = {
    concurrency_max: asked(limits.concurrency),
    concurrency_max_per_key: asked(limits.perKey),
    rate_per_second: asked(limits.rate),
    rate_burst: asked(limits.burst),
  }
  if (Object.values(change).every((value) => value === undefined))
    throw usageError('Say what to set: --concurrency, --per-key, --rate or --burst.')
  const queue = await client.queues.change(await nameOf(session, reference), change)
  if (terminal.isJson) return terminal.document(queue)
  terminal.line(`Queue ${printable(queue.title)} allows: ${queueLimits(queue.limits)}.`)
}

/** What the API takes: nothing stays as it is, null lifts the limit. */
const asked = (limit: Limit | undefined): number | null | undefined =>
  limit === 'none' ? null : limit

/** The name itself, or that of the queue that people know by this title. */
const nameOf = async ({ client }: Session, reference: string): Promise<string> => {
  if (reference.startsWith('tasks.')) return reference
  const { items } = await client.queues.list()
  const titled = items.filter(({ title }) => title === reference)
  if (titled.length > 1)
    throw usageError(
      `Several queues are called "${reference}": ${titled.map(({ name }) => name).join(', ')}.`,
    )
  if (titled[0] !== undefined) return titled[0].name
  const agent = await findAgent(client, reference)
  return agent.runtime === 'wasm' ? SHARED : `tasks.agent.${agent.id}`
}

const fieldsOf = (queue: Queue): (readonly [string, string | null])[] => [
  ['Queue', queue.title],
  ['Name', queue.name],
  ['State', queue.is_paused ? 'paused' : 'open'],
  ['Waiting', String(queue.waiting)],
  ['Admitted', String(queue.admitted)],
  ['In progress', String(queue.in_progress)],
  ['Starts per minute', String(queue.starts.last_minute)],
  ['Oldest due', queue.oldest_due_at === null ? null : relativeTime(queue.oldest_due_at)],
  ['Allows', queueLimits(queue.limits)],
]
