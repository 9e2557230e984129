import type { Inspection, InspectModule } from '#features/agents/module-inspector.ts'
import { ExecutionSlots } from './execution-slots.ts'
import { MODULE_LIMITS, PAGE_BYTES } from './module/module-limits.ts'
import type { ModuleOutline } from './module/module-outline.ts'
import { ModuleRefusal } from './module/module-refusal.ts'
import { acceptModule } from './module/prepare-module.ts'
import { RunnerHost, type RunnerHostOptions } from './runner-host.ts'

/** The inspecting process ends after this long without work. */
const IDLE_MS = 30_000
/** Uploads that may wait for their inspection. */
const QUEUE_MAX = 100

const COMPILER_LOST = 'The module makes the compiler fail.'

/**
 * Inspects uploads: the declarations here, in bounded time; the code by the compiler of a runner
 * process that executes nothing, so that a hostile upload can harm no running program.
 */
export const createModuleInspector = (
  hostOptions: RunnerHostOptions,
  limits: { moduleBytesMax: number; memoryBytesMax: number },
): { inspect: InspectModule; close: () => Promise<void> } => {
  const slots = new ExecutionSlots({ slotsMax: 1, queueMax: QUEUE_MAX })
  let host: RunnerHost | null = null
  let idleTimer: NodeJS.Timeout | undefined

  const compile = async (bytes: Uint8Array): Promise<string | null> => {
    await slots.acquire()
    clearTimeout(idleTimer)
    host ??= new RunnerHost(hostOptions)
    try {
      return await compileIn(host, bytes)
    } finally {
      slots.release()
      idleTimer = setTimeout(stop, IDLE_MS).unref()
    }
  }
  const stop = async (): Promise<void> => {
    const idle = host
    host = null
    await idle?.stop('Nothing is left to inspect.')
  }

  return {
    inspect: async (bytes) => {
      try {
        const outline = acceptModule(bytes, {
          ...MODULE_LIMITS,
          moduleBytesMax: limits.moduleBytesMax,
          memoryPagesMax: Math.floor(limits.memoryBytesMax / PAGE_BYTES),
        })
        const problem = await compile(bytes)
        return problem === null
          ? { isAccepted: true, report: reportOf(outline) }
          : { isAccepted: false, code: 'module.invalid', reason: problem }
      } catch (error) {
        if (error instanceof ModuleRefusal) return refusalOf(error)
        throw error
      }
    },
    close: async () => {
      void slots.close()
      clearTimeout(idleTimer)
      await stop()
    },
  }
}

/** The compiler's words about an invalid module, or null for a valid one. */
const compileIn = async (host: RunnerHost, bytes: Uint8Array): Promise<string | null> => {
  if (!(await host.whenReady())) return COMPILER_LOST
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const id = host.open({
    onReport: (report) => {
      if (report.kind === 'compiled') resolve(report.error)
    },
    onLost: () => resolve(COMPILER_LOST),
  })
  host.send({ kind: 'compile', id, bytes })
  try {
    return await promise
  } finally {
    host.close(id)
  }
}

const refusalOf = ({ code, reason }: ModuleRefusal): Inspection => ({
  isAccepted: false,
  code,
  reason,
})

const reportOf = (outline: ModuleOutline) => {
  const memory = outline.memories[0]
  return {
    imports: [...new Set(outline.imports.map((entry) => `${entry.module}.${entry.name}`))].sort(),
    memoryPagesMin: memory?.min ?? 0,
    memoryPagesMax: memory?.max ?? null,
  }
}
