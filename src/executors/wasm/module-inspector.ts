import type { Inspection, InspectModule } from '#features/agents/module-inspector.ts'
import { ExecutionSlots } from './execution-slots.ts'
import { executorClosed, sandboxUnavailable } from './executor-errors.ts'
import { RunnerHost, type RunnerHostOptions } from './runner-host.ts'

/** The inspecting process ends after this long without work. */
const IDLE_MS = 30_000
/** Uploads that may wait for their inspection. */
const QUEUE_MAX = 100

/**
 * Inspects uploads in a runner process that executes nothing: a hostile upload can harm neither
 * the server nor a running program. The process starts with the first upload.
 */
export const createModuleInspector = (
  hostOptions: RunnerHostOptions,
  limits: { moduleBytesMax: number },
): { inspect: InspectModule; close: () => Promise<void> } => {
  const slots = new ExecutionSlots({ slotsMax: 1, queueMax: QUEUE_MAX })
  let host: RunnerHost | null = null
  let idleTimer: NodeJS.Timeout | undefined
  let isClosed = false

  const stop = async (): Promise<void> => {
    const idle = host
    host = null
    await idle?.stop('Nothing is left to inspect.')
  }
  const inspect: InspectModule = async (bytes) => {
    if (bytes.length > limits.moduleBytesMax) return tooLarge(bytes, limits.moduleBytesMax)
    await slots.acquire()
    clearTimeout(idleTimer)
    host ??= new RunnerHost(hostOptions)
    try {
      const inspection = await inspectIn(host, bytes)
      if (inspection !== null) return inspection
      if (isClosed) throw executorClosed()
      return COMPILER_LOST
    } finally {
      slots.release()
      idleTimer = setTimeout(stop, IDLE_MS).unref()
    }
  }
  const close = async (): Promise<void> => {
    isClosed = true
    void slots.close()
    await stop()
    clearTimeout(idleTimer)
  }
  return { inspect, close }
}

/** Null when the process ended over it. */
const inspectIn = async (host: RunnerHost, bytes: Uint8Array): Promise<Inspection | null> => {
  if (!(await host.whenReady())) throw sandboxUnavailable()
  const { promise, resolve } = Promise.withResolvers<Inspection | null>()
  const id = host.open({
    onReport: (report) => {
      if (report.kind === 'inspected') resolve(report.inspection)
    },
    onLost: () => resolve(null),
  })
  host.send({ kind: 'inspect', id, bytes })
  try {
    return await promise
  } finally {
    host.close(id)
  }
}

/** Refused here, so that its bytes are not even copied. */
const tooLarge = (bytes: Uint8Array, max: number): Inspection => ({
  isAccepted: false,
  code: 'module.too_large',
  reason: `The module has ${bytes.length} bytes; the limit is ${max}.`,
})

const COMPILER_LOST: Inspection = {
  isAccepted: false,
  code: 'module.invalid',
  reason: 'Compiling the module takes too much memory or makes the compiler fail.',
}
