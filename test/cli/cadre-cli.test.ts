import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent, Task } from '@cadre/contract'
import {
  runCadreCli,
  startCadreCli,
  runCliProcess,
  startCliProcess,
  type CadreRun,
  type RunOptions,
} from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The command line against the real server: as a process of its own where only that shows how input,
// output, signals and exit codes come and go.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre()
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Finds the server and its key as a user does: by the key file in the data directory. */
const options = (more: RunOptions = {}): RunOptions => ({
  cwd: folder,
  ...more,
  env: { CADRE_DATA_DIR: server.dataDirectory, ...more.env },
})
const cadre = (args: string[], more?: RunOptions) => runCadreCli(args, options(more))
const cadreProcess = (args: string[], more?: RunOptions) => runCliProcess(args, options(more))

describe('run', () => {
  test('word-count on a file → the real result on stdout, progress on stderr', async () => {
    await writeFile(join(folder, 'text.txt'), 'to be or not to be\nthat is the question\n')
    const { code, stdout, stderr } = await cadreProcess([
      'run',
      'word-count',
      '--input',
      'text.txt',
    ])
    expect(stderr).toContain('waits for word-count')
    expect(stderr).toContain('Done in')
    expect(stdout).toMatch(/\b10\b/)
    expect(code).toBe(0)
  })

  test('queued and direct runs print the same', async () => {
    const stdin = 'one two three\n'
    const queued = await cadreProcess(['run', 'word-count', '--input', '-', '--quiet'], { stdin })
    const direct = await cadre(['run', 'word-count', '--input', '-', '--direct'], { stdin })
    expect(direct.stdout).toBe(queued.stdout)
    expect([queued.stderr, direct.stderr]).toEqual(['', ''])
  })

  test('--json → task and result in one document', async () => {
    const { stdout, stderr, code } = await cadre([
      'run',
      'word-count',
      '--json-input',
      '"a b"',
      '--json',
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      task: { status: 'DONE', agent_name: 'word-count', input: 'a b' },
      result: { outcome: 'exit', exit_code: 0 },
    })
    expect([code, stderr]).toEqual([0, ''])
  })

  test('unknown agent → a suggestion', async () => {
    const { code, stderr } = await cadre(['run', 'word-cuont', '--quiet'])
    expect(stderr).toMatch(/There is no agent "word-cuont"/)
    expect(code).toBe(1)
  })

  test('Ctrl-C during an endless program → cancelled, exit code 130', async () => {
    await publishLoop()
    const run = startCliProcess(['run', 'endless-loop'], options())
    await run.shows('is at work')
    run.interrupt()
    const { code, stderr } = await run.ended
    expect(stderr).toContain('Cancelled.')
    expect(code).toBe(130)
    const { items } = await server.client.tasks.list({ agent_id: 'endless-loop' })
    expect(items[0]?.status).toBe('CANCELLED')
  })

  test('endless program with a time-out, no retries → quarantined, the reason, exit code 1', async () => {
    await publishLoop()
    const { code, stderr } = await cadre([
      'run',
      'endless-loop',
      '--timeout',
      '0.2',
      '--max-retries',
      '0',
    ])
    expect(stderr).toMatch(/Error: endless-loop failed: .*longer than 200 ms \(attempt 1\)/)
    expect(stderr).toContain('cadre task ')
    expect(code).toBe(1)
  })
})

describe('agents', () => {
  test('list, search and details agree', async () => {
    const { stdout } = await cadre(['agents', '--json'])
    const { items } = JSON.parse(stdout) as { items: Agent[] }
    const wordCount = items.find(({ name }) => name === 'word-count')
    const found = await cadre(['agents', 'word-count'])
    expect(found.stdout).toContain('word-count')
    const shown = await cadre(['agent', 'word-count'])
    expect(shown.stdout).toContain(wordCount?.id)
    expect(shown.stdout).toContain(wordCount?.binary_sha256)
  })

  test('publish a program, then run it', async () => {
    const manifest = await readFile('.build/agents/manifest.json', 'utf8')
    const { agents } = JSON.parse(manifest) as { agents: { name: string; file: string }[] }
    const { file = '' } = agents.find(({ name }) => name === 'word-count') ?? {}
    await copyFile(join('.build/agents', file), join(folder, 'My Counter.wasm'))
    const published = await cadreProcess([
      'publish',
      'My Counter.wasm',
      '--capability',
      'text.count',
    ])
    expect(published.stdout).toMatch(/^Published my-counter 1\.0\.0 \([0-9a-f-]{36}\)\.\n$/)
    const again = await cadre(['publish', 'My Counter.wasm'])
    expect(again.stderr).toContain('was published before')
    const run = await cadre(['run', 'my-counter', '--json-input', '"x y z"', '-q'])
    expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/\b3\b/)])
  })

  test('publish a damaged program → the reason of the server', async () => {
    await writeFile(join(folder, 'damaged.wasm'), '\0asm\u0001\0\0\0\u0001\u00ff\u00ff', 'latin1')
    const { code, stderr } = await cadre(['publish', 'damaged.wasm'])
    expect(stderr).toMatch(/^Error: .+\n {2}binary: .+\n$/)
    expect(code).toBe(1)
  })

  test('register → a key that the server accepts', async () => {
    const { stdout } = await cadre(['register', 'far-away', '--capability', 'text.far'])
    const identity = await server.clientOf(stdout.trim()).session.whoAmI()
    expect(identity).toMatchObject({ kind: 'agent', name: 'far-away' })
  })
})

describe('tasks', () => {
  test('list, filter, show and cancel', async () => {
    const task = await waitingTask({ title: 'find me', tags: ['blue'] })
    const listed = await cadre(['tasks', '--tag', 'blue', '--status', 'todo'])
    expect(listed.stdout).toContain(task.id)
    expect(listed.stdout).toContain('find me')
    const shown = await cadre(['task', task.id])
    expect(shown.stdout).toContain('it is not due yet')
    const cancelled = await cadre(['cancel', task.id, '--reason', 'enough'])
    expect(cancelled.stdout).toBe(`Task ${task.id} is cancelled.\n`)
    const again = await cadre(['cancel', task.id])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('CANCELLED')])
  })

  test('a title full of terminal commands → harmless words', async () => {
    await waitingTask({
      title: '\u001b]0;owned\u0007\u001b[2Jplain\u202e words',
      tags: ['hostile'],
    })
    const { stdout } = await cadre(['tasks', '--tag', 'hostile'])
    expect(stdout).toContain('plain words')
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  test('--limit above a page → all of them, once each', async () => {
    await server.client.tasks.createBatch(
      Array.from({ length: 150 }, () => ({ ...WAITING, tags: ['many'] })),
    )
    const { stdout } = await cadre(['tasks', '--tag', 'many', '--limit', '130', '--json'])
    const { items } = JSON.parse(stdout) as { items: Task[] }
    expect(new Set(items.map(({ id }) => id)).size).toBe(130)
  })

  test('unknown id → says so', async () => {
    const { code, stderr } = await cadre(['task', '0198f0aa-0000-7000-8000-00000000dead'])
    expect([code, stderr]).toEqual([1, 'Error: There is no such task.\n'])
  })
})

describe('watch', () => {
  test('shows a task from its creation to its end, as lines of JSON', async () => {
    const watch = startCadreCli(['watch', '--json', '--agent', 'word-count'], options())
    const task = await watched(watch)
    await watch.shows(`"type":"task.completed","subject_id":"${task.id}"`)
    watch.interrupt()
    const { code, stdout } = await watch.ended
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; subject_id: string })
      .filter(({ subject_id }) => subject_id === task.id)
      .map(({ type }) => type)
    expect(types).toEqual(['task.created', 'task.claimed', 'task.completed'])
    expect(code).toBe(0)
  })
})

describe('the state of things', () => {
  test('health → every component', async () => {
    const { code, stdout } = await cadre(['health', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ status: 'healthy' })
    expect(code).toBe(0)
  })

  test('doctor → all in order', async () => {
    const { code, stdout } = await cadre(['doctor', '--json'])
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] }
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['lock', 'key', 'clock']))
    expect(code).toBe(0)
  })

  test('wrong key → says whose it was', async () => {
    const { code, stderr } = await cadreProcess(['tasks', '--key', 'cadre_wrong'])
    expect(stderr).toContain('does not accept the key from --key')
    expect(code).toBe(1)
  })
})

const WAITING = { agent_id: 'word-count', run_at: '2099-01-01T00:00:00Z' }

const waitingTask = (fields: { title?: string; tags?: string[] }): Promise<Task> =>
  server.client.tasks.create({ ...WAITING, ...fields })

/** `(module (memory (export "memory") 1) (func (export "_start") (loop br 0)))` */
const ENDLESS_LOOP = Buffer.from(
  '0061736d01000000010401600000030201000503010001' +
    '071302066d656d6f72790200065f737461727400000a09010700034' +
    '00c000b0b',
  'hex',
)

/** A task that the watcher has seen from its creation on: made when it is known to look. */
const watched = async (watch: CadreRun): Promise<Task> => {
  for (;;) {
    const probe = await server.client.tasks.create({ agent_id: 'word-count', input: 'probe' })
    const isSeen = await Promise.race([
      watch.shows(probe.id).then(() => true),
      server.client.tasks.counts().then(() => false),
    ])
    if (isSeen) break
  }
  return server.client.tasks.create({ agent_id: 'word-count', input: 'watched' })
}

let isLoopPublished = false
const publishLoop = async () => {
  if (isLoopPublished) return
  await writeFile(join(folder, 'endless-loop.wasm'), ENDLESS_LOOP)
  const { stderr, code } = await cadre(['publish', 'endless-loop.wasm'])
  expect([code, stderr]).toEqual([0, expect.any(String)])
  isLoopPublished = true
}
