import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { main as compileAssemblyScript, version } from 'assemblyscript/asc'

/** The compiler is one thread and holds some 300 MB, so more than two are no gain on a laptop. */
const THREADS_MAX = 2

/**
 * `stub` never frees, which suits a program that lives for one input; `abort` lets `throw` end it
 * with a sentence on stderr; 1,024 pages are 64 MiB; the start function is exported because a
 * WASI command must not run before its host holds its memory.
 */
const OPTIONS =
  '--optimizeLevel 3 --shrinkLevel 1 --runtime stub --use abort=agents/runtime/exit/abort ' +
  '--exportStart _start --maximumMemory 1024'

/** Names everything besides the sources that decides what a binary looks like. */
export const TOOLCHAIN = `assemblyscript ${version} ${OPTIONS}`

interface Request {
  root: string
  entry: string
}
type Reply = { isCompiled: true; binary: Uint8Array } | { isCompiled: false; diagnostics: string }

/** Compiles every entry and answers the binaries in the same order. Rejects with diagnostics. */
export async function compileAll(root: string, entries: readonly string[]): Promise<Uint8Array[]> {
  const binaries: Uint8Array[] = Array.from({ length: entries.length })
  const queue = entries.map((entry, index) => ({ entry, index }))
  const workers = Math.min(THREADS_MAX, availableParallelism(), entries.length)
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL(import.meta.url))
      try {
        for (let job = queue.shift(); job; job = queue.shift()) {
          binaries[job.index] = await ask(worker, { root, entry: job.entry })
        }
      } finally {
        await worker.terminate()
      }
    }),
  )
  return binaries
}

function ask(worker: Worker, request: Request): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  worker.removeAllListeners()
  worker.once('error', reject)
  worker.once('message', (reply: Reply) => {
    if (reply.isCompiled) resolve(reply.binary)
    else reject(new Error(`${request.entry} does not compile cleanly:\n${reply.diagnostics}`))
  })
  worker.postMessage(request)
  return promise
}

async function compile({ root, entry }: Request): Promise<Reply> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await compileAssemblyScript(
    [entry, '--baseDir', root, '--outFile', 'agent.wasm', ...OPTIONS.split(' ')],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents
      },
    },
  )
  if (error || !binary || stderr.toString() !== '')
    return { isCompiled: false, diagnostics: stderr.toString() }
  return { isCompiled: true, binary }
}

if (!isMainThread) {
  parentPort?.on('message', async (request: Request) => {
    parentPort?.postMessage(await compile(request))
  })
}
