import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { sandboxFlags } from './runner-process.ts'
import { readWorkerSource, WORKER_BOOTSTRAP } from './runner/worker-source.ts'
import { createTestExecutor } from './testing/executor-fixture.ts'
import { ECHO } from './testing/sample-programs.ts'

const { executor, run } = createTestExecutor()
afterAll(() => executor.close(0))

const START = { memoryPagesMax: 4_096, tableElementsMax: 100_000, niceness: 0, isEager: false }

describe('runner process', () => {
  test('its flags deny files, processes, addons, the inspector, node:wasi and large memories', async () => {
    const probe = join(import.meta.dirname, 'testing', 'sandbox-probe.ts')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...sandboxFlags(START), `--allow-fs-read=${probe}`, probe],
      { env: {} },
    )
    expect(JSON.parse(stdout)).toEqual({
      readFile: 'ERR_ACCESS_DENIED',
      readOwnProject: 'ERR_ACCESS_DENIED',
      listDirectory: 'ERR_ACCESS_DENIED',
      writeFile: 'ERR_ACCESS_DENIED',
      startProcess: 'ERR_ACCESS_DENIED',
      loadAddon: 'ERR_DLOPEN_DISABLED',
      openInspector: 'ERR_ACCESS_DENIED',
      useNodeWasi: 'ERR_ACCESS_DENIED',
      largeMemory: expect.stringContaining('could not allocate memory'),
      environment: [],
    })
  })

  test.runIf(process.platform === 'linux')(
    'holds no socket but its channel and no file, and knows no variable but the channel’s',
    async () => {
      await run(ECHO)
      const pid = executor.stats().runnerPid ?? 0
      const targets = descriptorTargets(pid)
      // stderr and the IPC channel; Node makes its pipes of socket pairs.
      expect(targets.filter((target) => target === 'socket').length).toBeLessThanOrEqual(2)
      // A server that is told of additional certificates reads them on a thread at its start, and
      // a process it starts meanwhile may inherit that file.
      const harmless = /^(?:socket|pipe|anon_inode|\/dev\/null|\/etc\/ssl\/.*)$/
      expect(targets.filter((target) => !harmless.test(target))).toEqual([])
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
      const names = variables.map((variable) => variable.split('=')[0]).sort()
      expect(names).toEqual(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'])
    },
  )
})

/** What each open descriptor is; those that are closed meanwhile are left out. */
const descriptorTargets = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:?\[.*\]$/, '')]
    } catch {
      return []
    }
  })

describe('worker thread', () => {
  /** What a module inside a worker's bootstrap gets when it tries `expression`. */
  const inWorker = async (expression: string): Promise<string> => {
    const entry = 'file:///probe.js'
    const code = `
      import { parentPort } from 'node:worker_threads'
      const attempt = async () => String(await (${expression}))
      attempt().then((x) => parentPort.postMessage('got ' + x), (e) => parentPort.postMessage('refused: ' + e.message))`
    const workerData = { entry, modules: { [entry]: code } }
    const worker = new Worker(WORKER_BOOTSTRAP, { eval: true, env: {}, workerData })
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
    } finally {
      await worker.terminate()
    }
  }

  test.each(['node:net', 'node:fs', 'node:child_process', 'node:dgram', 'http', 'node:module'])(
    'import of %s → refused',
    async (name) => {
      expect(await inWorker(`import('${name}')`)).toBe(`refused: Not part of the worker: ${name}`)
    },
  )

  test('other ways to the network → gone', async () => {
    for (const name of ['fetch', 'WebSocket', 'EventSource', 'require']) {
      expect(await inWorker(`typeof ${name}`)).toBe('got undefined')
    }
    expect(await inWorker('typeof process.getBuiltinModule')).toBe('got undefined')
    expect(await inWorker('typeof process.binding')).toBe('got undefined')
  })

  test('its modules import nothing but each other and worker_threads', () => {
    const { modules } = readWorkerSource(new URL('./runner/worker.ts', import.meta.url))
    expect(Object.keys(modules).length).toBeGreaterThan(10)
    const imports = Object.values(modules).flatMap((code) =>
      [...code.matchAll(/from '([^']+)'/g)].map(([, specifier]) => specifier),
    )
    const outside = imports.filter((specifier) => specifier?.startsWith('.') !== true)
    expect(new Set(outside)).toEqual(new Set(['node:worker_threads']))
  })
})
