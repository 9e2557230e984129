import type {
  AgentId,
  AttemptToken,
  RunId,
  ScheduleId,
  StepId,
  TaskId,
  WebhookId,
  WorkflowId,
} from '@cadre/contract'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Makes ids. UUID version 7 (RFC 9562): they sort by creation, so inserts stay at one end of an index. */
export interface Ids {
  uuid(): string
  task(): TaskId
  agent(): AgentId
  schedule(): ScheduleId
  workflow(): WorkflowId
  webhook(): WebhookId
  run(): RunId
  step(): StepId
  attemptToken(): AttemptToken
}

export const createIds = (clock: Clock, random: Random): Ids => {
  const nextUuid = uuidV7(clock, random)
  return {
    uuid: nextUuid,
    task: () => nextUuid() as TaskId,
    agent: () => nextUuid() as AgentId,
    schedule: () => nextUuid() as ScheduleId,
    workflow: () => nextUuid() as WorkflowId,
    webhook: () => nextUuid() as WebhookId,
    run: () => nextUuid() as RunId,
    step: () => nextUuid() as StepId,
    attemptToken: () => uuidV4(random) as AttemptToken,
  }
}

/** Monotonic within one process: ids of one millisecond count up in the 12 bits behind the time. */
const uuidV7 = (clock: Clock, random: Random) => {
  let lastMs = 0
  let sequence = 0
  return (): string => {
    const nowMs = clock.now().getTime()
    if (nowMs > lastMs) {
      lastMs = nowMs
      sequence = 0
    } else if (++sequence > 0xfff) {
      lastMs += 1
      sequence = 0
    }
    const bytes = Buffer.alloc(16)
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(0x7000 | sequence, 6)
    bytes.set(random.bytes(8), 8)
    return formatted(bytes)
  }
}

const uuidV4 = (random: Random): string => {
  const bytes = Buffer.from(random.bytes(16))
  bytes.writeUInt8(0x40 | (bytes.readUInt8(6) & 0x0f), 6)
  return formatted(bytes)
}

const formatted = (bytes: Buffer): string => {
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
