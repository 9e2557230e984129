import type { Inspection, InspectModule, ModuleSource } from '#features/agents/module-inspector.ts'
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
  const inspect: InspectModule = async (module) => {
    if (module.bytes > limits.moduleBytesMax) return tooLarge(module, limits.moduleBytesMax)
    if (module.bytes === 0) return EMPTY
    await slots.acquire()
    clearTimeout(idleTimer)
    host ??= new RunnerHost(hostOptions)
    try {
      const inspection = await inspectIn(host, module)
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
const inspectIn = async (host: RunnerHost, module: ModuleSource): Promise<Inspection | null> => {
  if (!(await host.whenReady())) throw sandboxUnavailable()
  const { promise, resolve } = Promise.withResolvers<Inspection | null>()
  const id = host.open({
    onReport: (report) => {
      if (report.kind === 'inspected') resolve(report.inspection)
    },
    onLost: () => resolve(null),
  })
  try {
    await send(host, id, module)
    return await promise
  } finally {
    host.close(id)
  }
}

/** Piece by piece, each as soon as the one before was taken: the server never holds the whole. */
const send = async (host: RunnerHost, id: number, module: ModuleSource): Promise<void> => {
  host.send({ kind: 'inspect', id, bytes: module.bytes })
  let sent = 0
  try {
    for await (const piece of module.open()) {
      sent += piece.length
      await host.deliver({ kind: 'inspect_piece', id, piece })
      if (!host.has(id)) return
    }
    if (sent !== module.bytes) throw new Error('A module has another size than it was said to have')
  } catch (error) {
    host.send({ kind: 'inspect_cancel', id })
    throw error
  }
}

/** Refused here, so that its bytes are not even read. */
const tooLarge = ({ bytes }: ModuleSource, max: number): Inspection => ({
  isAccepted: false,
  code: 'module.too_large',
  reason: `The module has ${bytes} bytes; the limit is ${max}.`,
})

const EMPTY: Inspection = {
  isAccepted: false,
  code: 'module.not_wasm',
  reason: 'The file is not WebAssembly: it is empty.',
}

const COMPILER_LOST: Inspection = {
  isAccepted: false,
  code: 'module.invalid',
  reason: 'Compiling the module takes too much memory or makes the compiler fail.',
}
