import type { CadreEvent, EventType, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import {
  capabilityOf,
  capabilityQueue,
  isIntegrityFault,
  WASM_QUEUE,
  type AgentRecord,
  type AgentService,
} from '#features/agents/index.ts'
import type { Broker, Delivery, Message, Subscription } from '#platform/broker/broker.ts'
import { isAppError } from '#platform/errors.ts'
import type { EventFeed } from '#platform/events/event-feed.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { TaskReports } from './task-reports.ts'
import type { TaskRecord } from './task.ts'
import type { RunWasm, WasmRun } from './wasm-run.ts'

export interface WorkerOptions {
  broker: Broker
  feed: EventFeed
  agents: AgentService
  reports: TaskReports
  leases: LeaseKeeper
  runWasm: RunWasm
  tracing: Tracing
  logger: Logger
  /** Names this process in its leases. */
  instanceId: string
  leaseMs: number
  /** Executions at the same time at the most. */
  concurrency: number
}

export interface Worker {
  /** Takes no more work, waits for what runs up to `graceMs`, then hands the rest back. */
  close(graceMs: number): Promise<void>
}

const REQUEUE_DELAY_MS = 1_000
/** What ends a run early, and what changes the queues. */
const WATCHED = [
  'task.cancelled',
  'task.quarantined',
  'agent.published',
  'agent.enabled',
  'agent.disabled',
  'agent.deleted',
] as const satisfies readonly EventType[]
/** Deliveries kept at hand for each task that may run, so that no place waits for a fetch. */
const DELIVERIES_PER_PLACE = 4

/** Runs WASM agents' tasks from the broker: claim, execute, report, acknowledge. */
export const createWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { broker, agents, reports, leases, logger, tracing } = options
  const running = new Map<Promise<void>, Running>()

  let isClosing = false
  /** Delivered and not claimed yet: at hand when a place becomes free. */
  const delivered: Delivery[] = []

  const startWaiting = () => {
    while (!isClosing && running.size < options.concurrency) {
      const next = delivered.shift()
      if (next === undefined) return
      start(next)
    }
  }
  const start = (delivery: Delivery) => {
    const abort = new AbortController()
    const { headers, tenantId } = delivery.message
    const taskId = headers.task_id as TaskId
    const place: Running = { taskId, attempt: null, abort }
    const work = handle(delivery, { taskId, tenantId }, place)
      .catch((error: unknown) => giveBack(delivery, error))
      .finally(() => {
        running.delete(work)
        startWaiting()
      })
    running.set(work, place)
  }
  const giveBack = async (delivery: Delivery, error: unknown) => {
    logger.error('worker.delivery_failed', { taskId: delivery.message.headers.task_id, error })
    await delivery
      .nack({ reason: 'worker fault', isRequeued: true, delayMs: REQUEUE_DELAY_MS })
      .catch((fault: unknown) => logger.error('worker.nack_failed', { error: fault }))
  }
  const handle = async (
    delivery: Delivery,
    { taskId, tenantId }: { taskId: TaskId; tenantId: TenantId },
    place: Running,
  ): Promise<void> => {
    const agent = await agentFor(tenantId, delivery.message)
    // Nobody here offers that capability any more, but an agent elsewhere may.
    if (agent === null && delivery.message.headers.agent_id === null)
      return delivery.nack({
        reason: 'no agent here offers the capability',
        isRequeued: true,
        delayMs: REQUEUE_DELAY_MS,
      })
    const task = agent === null ? null : await claim(taskId, agent, delivery)
    // A message whose task was claimed, cancelled or put off meanwhile has done its duty.
    if (task !== null && agent !== null) {
      place.attempt = task.attempt
      await attempt(task, agent, place.abort)
    }
    // Nothing waits for it: a message that comes again finds its task claimed.
    delivery.ack().catch((error: unknown) => logger.warn('worker.ack_failed', { taskId, error }))
  }
  const agentFor = async (tenantId: TenantId, message: Message): Promise<AgentRecord | null> => {
    const { agent_id: agentId } = message.headers
    if (agentId !== null) {
      const agent = await agents.resolve(tenantId, agentId).catch(ignoreAbsent)
      return agent?.isEnabled ? agent : null
    }
    const offering = await agents.offering(tenantId, capabilityOf(message.queue))
    return offering.find((agent) => agent.runtime === 'wasm') ?? null
  }
  const claim = (taskId: TaskId, agent: AgentRecord, delivery: Delivery) =>
    tracing.span(
      'task.claim',
      {
        parent: delivery.message.headers.traceparent,
        attributes: {
          'cadre.task.id': taskId,
          'messaging.destination.name': delivery.message.queue,
        },
      },
      () =>
        reports.tryClaim({ taskId, agent, leaseMs: options.leaseMs, holder: options.instanceId }),
    )
  const attempt = async (task: TaskRecord, agent: AgentRecord, abort: AbortController) => {
    const token = task.attemptToken
    if (token === null) throw new Error('Broken invariant: a claimed task has a token')
    const lease = { taskId: task.id, tenantId: task.tenantId, agentId: agent.id, token }
    const letGo = leases.keep(lease, () => abort.abort())
    try {
      const run = await options.runWasm(task, agent, abort.signal)
      await report(task, agent, run)
    } catch (error) {
      logger.error('worker.attempt_failed', { taskId: task.id, agentId: agent.id, error })
      await reports
        .fail({ ...failureOf(task, agent), ...faultOf(error) })
        .catch((fault: unknown) =>
          logger.error('worker.report_failed', { taskId: task.id, error: fault }),
        )
    } finally {
      letGo()
    }
  }
  const report = (task: TaskRecord, agent: AgentRecord, run: WasmRun) =>
    tracing.span(
      'task.complete',
      { parent: task.traceparent, attributes: { 'cadre.task.id': task.id } },
      async (): Promise<void> => {
        const { execution, result, failure } = run
        if (execution.outcome === 'cancelled')
          return isClosing ? void (await reports.tryHandBack(failureOf(task, agent))) : undefined
        if (failure === null)
          await reports.tryComplete({
            taskId: task.id,
            agent,
            token: task.attemptToken,
            result,
            cost: null,
            execution,
          })
        else await reports.fail({ ...failureOf(task, agent), ...failure, execution })
      },
    )

  const stopWatching = options.feed.subscribe((events) => {
    for (const { event } of events) {
      if (event.type === 'task.cancelled' || event.type === 'task.quarantined') {
        for (const place of running.values()) if (isEndedBy(event, place)) place.abort.abort()
      } else if (event.type.startsWith('agent.')) void followCapabilities()
    }
  }, WATCHED)
  const subscription: Subscription = await broker.subscribe({
    queues: await wasmQueues(agents),
    prefetch: options.concurrency * DELIVERIES_PER_PLACE,
    onDelivery: (delivery) => {
      delivered.push(delivery)
      startWaiting()
    },
  })
  const followCapabilities = async () => {
    try {
      await subscription.setQueues(await wasmQueues(agents))
    } catch (error) {
      logger.error('worker.subscribe_failed', { error })
    }
  }

  return {
    close: async (graceMs) => {
      isClosing = true
      await subscription.pause()
      stopWatching()
      const timer = setTimeout(() => {
        for (const { abort } of running.values()) abort.abort()
      }, graceMs)
      await Promise.allSettled(running.keys())
      clearTimeout(timer)
      await subscription.close()
    },
  }
}

interface Running {
  taskId: TaskId
  /** Null until it is claimed. */
  attempt: number | null
  abort: AbortController
}

/** A task out of quarantine may run again before the news of its quarantine is here. */
const isEndedBy = (event: CadreEvent, { taskId, attempt }: Running): boolean =>
  event.subject_id === taskId && (event.type === 'task.cancelled' || event.data.attempt === attempt)

const wasmQueues = async (agents: AgentService): Promise<string[]> => {
  const offered = await agents.wasmCapabilities()
  return [
    WASM_QUEUE,
    ...offered.map((row) => capabilityQueue(row.tenant_id as TenantId, row.capability)),
  ]
}

const failureOf = (task: TaskRecord, agent: AgentRecord) => ({
  taskId: task.id,
  agent,
  token: task.attemptToken,
  retryAfterMs: null,
  cost: null,
})

const ignoreAbsent = (error: unknown): null => {
  if (isAppError(error, 'agent.not_found')) return null
  throw error
}

/** What is not what was signed stays so, however often it is tried. */
const faultOf = (error: unknown): { category: FailureCategory; error: string } =>
  isIntegrityFault(error)
    ? { category: 'permanent', error: `${error.code}: ${error.publicMessage}` }
    : { category: 'retriable', error: messageOf(error) }

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'The execution could not be tried.'
