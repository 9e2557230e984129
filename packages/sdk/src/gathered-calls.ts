import { CadreError } from '@cadre/contract/client'
import type { AgentCall, AgentCallAnswer } from '@cadre/contract'
import { isRefusal } from './reports.ts'

/** Requests of one kind under way at once: while they are, later calls gather. */
const REQUESTS_MAX = 2
const CALLS_PER_REQUEST_MAX = 200
/** Well below what Cadre takes as one body. */
const REQUEST_LENGTH_MAX = 262_144

/** Sends calls in one request; resolves to their answers, in the same order. */
export type SendCalls = (calls: AgentCall[]) => Promise<AgentCallAnswer[]>

interface Waiting {
  call: AgentCall
  length: number
  resolve: (answer: AgentCallAnswer) => void
  reject: (error: unknown) => void
}

/**
 * Lets calls that are made at the same time share a request. A lone call goes out at the end of
 * the present turn. Rejects with `CadreError` where Cadre refused the call, and with what the
 * request failed of where it did not arrive.
 */
export const gatherCalls = (sendTogether: SendCalls) => {
  let waiting: Waiting[] = []
  let requests = 0
  let isScheduled = false

  const schedule = () => {
    if (isScheduled || waiting.length === 0 || requests >= REQUESTS_MAX) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      const count = countOfGroup(waiting)
      const group = waiting.slice(0, count)
      waiting = waiting.slice(count)
      requests += 1
      void send(group).finally(() => {
        requests -= 1
        schedule()
      })
      schedule()
    })
  }
  const send = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await sendTogether(group.map(({ call }) => call))
      for (const [index, { resolve, reject }] of group.entries()) {
        const answer = answers[index] ?? {}
        if (answer.error) reject(new CadreError(answer.error.status, answer.error))
        else resolve(answer)
      }
    } catch (error) {
      if (group.length > 1 && isTooMuch(error)) for (const half of halvesOf(group)) await send(half)
      else for (const { reject } of group) reject(error)
    }
  }

  return (call: AgentCall): Promise<AgentCallAnswer> =>
    new Promise((resolve, reject) => {
      waiting.push({ call, length: JSON.stringify(call).length, resolve, reject })
      schedule()
    })
}

const countOfGroup = (waiting: readonly Waiting[]): number => {
  let length = 0
  const end = waiting.slice(0, CALLS_PER_REQUEST_MAX).findIndex((one, index) => {
    length += one.length
    return index > 0 && length > REQUEST_LENGTH_MAX
  })
  return end === -1 ? CALLS_PER_REQUEST_MAX : end
}

/** One call that Cadre cannot take must not cost the others theirs. */
const isTooMuch = (error: unknown): boolean =>
  isRefusal(error) && [400, 413, 422].includes(error.status)

const halvesOf = (group: readonly Waiting[]): Waiting[][] => {
  const middle = Math.ceil(group.length / 2)
  return [group.slice(0, middle), group.slice(middle)]
}
