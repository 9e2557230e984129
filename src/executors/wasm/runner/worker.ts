import { parentPort } from 'node:worker_threads'
import { GROWTH_REFUSED } from '../module/memory-guard.ts'
import { Clocks } from '../wasi/clocks.ts'
import { DescriptorTable } from '../wasi/descriptors.ts'
import { Ending, GuestEnded } from '../wasi/guest-end.ts'
import { GuestMemory } from '../wasi/guest-memory.ts'
import type { Guest } from '../wasi/guest.ts'
import { preview1Imports } from '../wasi/preview1.ts'
import { endOfError, endOfInstantiation } from './end-classifier.ts'
import { OutputLog } from './output-log.ts'
import type { WorkerJob, WorkerReport } from './worker-protocol.ts'

/** Conventional first argument; programs show it in their usage text. */
const PROGRAM_NAME = 'agent.wasm'

const utf8 = new TextEncoder()

/** A thread whose program used more memory than this is not used again: its end frees it at once. */
const REUSABLE_MEMORY_BYTES_MAX = 4 * 1024 * 1024

/**
 * Runs one program on this thread. Everything that ends it is reported exactly once. Answers
 * whether nothing of it is left: it returned or exited, and its memory is small.
 */
const run = (job: WorkerJob, report: (message: WorkerReport) => void): boolean => {
  const ending: Ending = new Ending((end) =>
    report({ ...end, memoryBytes: guest.memory.byteLength }),
  )
  const guest = createGuest(job, ending)
  const instance = instantiate(job.module, guest)
  if (instance === null) return false
  const { memory, _start: start } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
    ending.note({ outcome: 'runner_lost', error: 'The module lost its exports.' })
    return false
  }
  guest.memory = new GuestMemory(memory)
  try {
    start()
    ending.note({ outcome: 'exit', exitCode: 0 })
  } catch (error) {
    if (!(error instanceof GuestEnded)) {
      ending.note(endOfError(error, isGrowthRefused(instance)))
      return false
    }
  }
  return memory.buffer.byteLength <= REUSABLE_MEMORY_BYTES_MAX
}

const createGuest = (job: WorkerJob, ending: Ending): Guest => ({
  // No call can come before the program starts; until then there is an empty memory.
  memory: new GuestMemory(new WebAssembly.Memory({ initial: 0 })),
  args: [PROGRAM_NAME, ...job.args].map((text) => utf8.encode(text)),
  env: Object.entries(job.env).map(([name, value]) => utf8.encode(`${name}=${value}`)),
  stdin: job.stdin,
  stdinOffset: 0,
  output: new OutputLog(job.output),
  descriptors: new DescriptorTable(),
  clocks: new Clocks(),
  budgets: job.budgets,
  ending,
})

const instantiate = (module: WebAssembly.Module, guest: Guest): WebAssembly.Instance | null => {
  try {
    return new WebAssembly.Instance(module, preview1Imports(guest))
  } catch (error) {
    guest.ending.note(endOfInstantiation(error))
    return null
  }
}

const isGrowthRefused = (instance: WebAssembly.Instance): boolean => {
  const flag = instance.exports[GROWTH_REFUSED]
  return flag instanceof WebAssembly.Global && flag.value === 1
}

const port = parentPort
if (port !== null) {
  const report = (message: WorkerReport) => port.postMessage(message)
  port.on('message', (job: WorkerJob) => {
    if (run(job, report)) report('idle')
  })
  report('ready')
}
