import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeCadre, refuse, type FakeRequest } from '../support/fake-cadre.ts'
import {
  runCadreCli,
  startCadreCli,
  startCliProcess,
  type RunOptions,
} from '../support/run-cadre.ts'

let fake: FakeCadre
let folder: string
beforeEach(async () => {
  fake = await FakeCadre.start()
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const options = (more: RunOptions = {}): RunOptions => ({
  cwd: folder,
  ...more,
  env: { CADRE_URL: fake.url, CADRE_KEY: fake.key, ...more.env },
})
const cadre = (args: string[], more?: RunOptions) => runCadreCli(args, options(more))

describe('run', () => {
  test('output to stdout untouched, progress to stderr, exit code 0', async () => {
    finishCreatedTasks()
    const { code, stdout, stderr } = await cadre(['run', 'echo', '--input', '-'], {
      stdin: 'a\u001b[31mb\n',
    })
    expect(stdout).toBe('a\u001b[31mb\n')
    expect(stderr).toContain('waits for echo')
    expect(stderr).toContain('Done')
    expect(code).toBe(0)
  })

  test('--json → one document on stdout, nothing on stderr', async () => {
    finishCreatedTasks()
    const { code, stdout, stderr } = await cadre(['run', 'echo', '--json-input', '[1]', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      task: { status: 'DONE', input: [1] },
      result: { stdout: '[1]', exit_code: 0 },
    })
    expect([code, stderr]).toEqual([0, ''])
  })

  test('quarantined → the reason, where to look, exit code 1', async () => {
    finishCreatedTasks({ status: 'QUARANTINED', last_error: 'exit code 3' })
    const { code, stderr } = await cadre(['run', 'echo', '--quiet'])
    expect(stderr).toMatch(
      /^Error: echo failed: exit code 3 \(attempt 0\)\..*`cadre task [0-9a-f-]+`/,
    )
    expect(code).toBe(1)
  })

  test('Ctrl-C → asks Cadre to cancel, exit code 130', async () => {
    const run = startCadreCli(['run', 'echo'], options())
    await run.shows('waits for echo')
    await fake.seen(isStream)
    fake.intercept = (request) => {
      if (!request.path.endsWith('/cancel')) return false
      setImmediate(() =>
        fake.emit('task.cancelled', { task_id: taskOf(request), status: 'CANCELLED' }),
      )
    }
    run.interrupt()
    const { code, stderr } = await run.ended
    expect(code).toBe(130)
    expect(stderr).toContain('Cancelling')
    expect([...fake.tasks.values()][0]?.status).toBe('CANCELLED')
  })

  test('stream cut while the task runs → connects again and finds its end', async () => {
    const run = startCadreCli(['run', 'echo'], options())
    await fake.seen(isStream)
    const task = [...fake.tasks.values()][0]
    if (task) task.status = 'DONE'
    fake.dropStreams()
    const { code, stderr } = await run.ended
    expect(stderr).toContain('connection is lost')
    expect(code).toBe(0)
  })

  test('--direct → runs at once, exit code of the outcome', async () => {
    const { code, stdout } = await cadre(['run', 'echo', '--direct', '--json-input', '"hi"'])
    expect([code, stdout]).toEqual([0, 'hi'])
    expect(fake.requests.map(({ path }) => path)).toEqual(['/tasks/execute'])
  })

  test('--detach → prints the id and leaves', async () => {
    const { code, stdout } = await cadre(['run', 'echo', '--detach'])
    expect(fake.tasks.has(stdout.trim() as never)).toBe(true)
    expect(code).toBe(0)
  })

  test.each([
    ['missing.txt', 'missing.txt does not exist.'],
    ['.', '. is a folder.'],
    ['binary.bin', 'binary.bin is not text in UTF-8'],
  ])('--input %s → says why', async (file, message) => {
    await writeFile(join(folder, 'binary.bin'), Uint8Array.of(0xff, 0xfe, 0x80))
    const { code, stderr } = await cadre(['run', 'echo', '--input', file])
    expect(stderr).toContain(message)
    expect(code).toBe(1)
  })
})

describe('lists', () => {
  test('tasks: a title cannot command the terminal', async () => {
    fake.addTask({ title: '\u001b]0;owned\u0007\u001b[2Jevil\u202Etxt\u009b31m' })
    const { stdout } = await cadre(['tasks'])
    expect(stdout).toContain('eviltxt')
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  test('tasks: filters reach Cadre by their API names', async () => {
    await cadre(['tasks', '--status', 'done', '--agent', 'echo', '--search', 'x', '--limit', '7'])
    expect(Object.fromEntries(fake.requests[0]?.query ?? [])).toEqual({
      status: 'DONE',
      agent_id: 'echo',
      q: 'x',
      limit: '7',
    })
  })

  test('tasks: reader goes away (EPIPE) → silence and exit code 0', async () => {
    for (let index = 0; index < 5_000; index += 1) fake.addTask({ title: 'x'.repeat(200) })
    const run = startCliProcess(['tasks', '--json'], options())
    run.child.stdout?.destroy()
    const { code, stderr } = await run.ended
    expect([code, stderr]).toEqual([0, ''])
  })

  test('agents --json → one document', async () => {
    const { stdout } = await cadre(['agents', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: 'echo' }], total: 1 })
  })

  test('agent: unknown name → suggests a known one', async () => {
    const { code, stderr } = await cadre(['agent', 'ecko'])
    expect(stderr).toBe('Error: There is no agent "ecko". Did you mean echo?\n')
    expect(code).toBe(1)
  })
})

describe('publish', () => {
  test('streams the file with its fields before it; the name comes from the file', async () => {
    const file = join(folder, 'My Agent.wasm')
    await writeFile(
      file,
      Buffer.concat([Buffer.from('\0asm\u0001\0\0\0', 'latin1'), Buffer.alloc(200_000)]),
    )
    const { code, stdout } = await cadre([
      'publish',
      file,
      '--capability',
      'a',
      '--capability',
      'b',
    ])
    const text = fake.requests[0]?.text ?? ''
    const places = ['name="name"\r\n\r\nmy-agent\r\n', '["a","b"]', 'name="binary"'].map((part) =>
      text.indexOf(part),
    )
    expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true)
    expect(text.length).toBeGreaterThan(200_000)
    expect(stdout).toContain('Published echo 1.0.0')
    expect(code).toBe(0)
  })

  test.each([
    ['text.wasm', 'hello world', 'is no WebAssembly file'],
    ['component.wasm', '\0asm\u000d\0\u0001\0', 'is a WebAssembly component'],
    ['empty.wasm', '', 'is no WebAssembly file'],
  ])('%s → refused before anything is sent', async (name, content, message) => {
    await writeFile(join(folder, name), content, 'latin1')
    const { code, stderr } = await cadre(['publish', name])
    expect(stderr).toContain(message)
    expect(code).toBe(1)
    expect(fake.requests).toEqual([])
  })

  test('refused field → named with its message', async () => {
    await writeFile(join(folder, 'a.wasm'), '\0asm\u0001\0\0\0', 'latin1')
    fake.intercept = (_, response) => {
      response.writeHead(422, { 'content-type': 'application/json' })
      const details = [{ field: 'version', message: 'must be a semantic version' }]
      response.end(JSON.stringify({ error: { code: 'invalid', message: 'No.', details } }))
      return true
    }
    const { stderr } = await cadre(['publish', 'a.wasm', '--version', 'one'])
    expect(stderr).toBe('Error: No.\n  version: must be a semantic version\n')
  })
})

describe('register', () => {
  test('the key alone goes to stdout', async () => {
    const { stdout, stderr } = await cadre(['register', 'echo', '--capability', 'text.echo'])
    expect(stdout).toBe('cadre_agent_key\n')
    expect(stderr).toContain('shown only now')
    expect(fake.requests[0]?.body).toMatchObject({ runtime: 'remote', capabilities: ['text.echo'] })
  })
})

describe('watch', () => {
  test('--json → a line per event; Ctrl-C ends with 0; resumes behind the last event', async () => {
    const watch = startCliProcess(['watch', '--json'], options())
    await fake.seen(isStream)
    fake.emit('task.created', { task_id: 'one', title: 'first' })
    await watch.shows('first')
    fake.dropStreams()
    const again = await fake.seen(isStream, 2)
    expect(again.headers['last-event-id']).toBe('1')
    fake.emit('task.created', { task_id: 'two', title: 'second' })
    await watch.shows('second')
    watch.interrupt()
    const { code, stdout } = await watch.ended
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect([code, types]).toEqual([0, ['task.created', 'task.created']])
  })

  test('--agent → only events of this agent', async () => {
    const watch = startCadreCli(['watch', '--agent', 'echo'], options())
    await fake.seen(isStream)
    fake.emit('task.created', { task_id: 'one', agent_name: 'other', title: 'foreign' })
    fake.emit('task.created', { task_id: 'two', agent_name: 'echo', title: 'own' })
    await watch.shows('own')
    watch.interrupt()
    expect((await watch.ended).stdout).not.toContain('foreign')
  })

  test('server down → says so at once', async () => {
    const { code, stderr } = await cadre(['watch'], { env: { CADRE_URL: await deadUrl() } })
    expect(stderr).toContain('does not answer')
    expect(code).toBe(1)
  })
})

describe('what goes wrong', () => {
  test('server down → the address and the mend', async () => {
    const url = await deadUrl()
    const { code, stderr, stdout } = await cadre(['tasks'], { env: { CADRE_URL: url } })
    expect(stderr).toBe(
      `Error: Cadre does not answer at ${url}. Start it with \`npm start\`, or name another address with --url.\n`,
    )
    expect([code, stdout]).toEqual([1, ''])
  })

  test('--json: errors are objects on stderr', async () => {
    const { code, stderr } = await cadre(['tasks', '--json', '--url', await deadUrl()])
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'cli.unreachable' } })
    expect(code).toBe(1)
  })

  test('wrong key → says where the key came from', async () => {
    const { code, stderr } = await cadre(['tasks'], { env: { CADRE_KEY: 'wrong' } })
    expect(stderr).toContain('does not accept the key from CADRE_KEY')
    expect(code).toBe(1)
  })

  test('no key → says how to give one', async () => {
    const { stderr } = await cadre(['tasks'], { env: { CADRE_KEY: '' } })
    expect(stderr).toContain('wants a key')
  })

  test.each([
    ['other JSON', 404, '{}'],
    ['a web page', 200, '<html>'],
  ])('another program answers with %s → it is not Cadre', async (_, status, body) => {
    fake.intercept = (_, response) => {
      response.writeHead(status).end(body)
      return true
    }
    const { code, stderr } = await cadre(['tasks'])
    expect(stderr).toContain('is not Cadre')
    expect(code).toBe(1)
  })

  test('a message of the server cannot command the terminal', async () => {
    fake.intercept = (_, response) => {
      refuse(response, 409, 'conflict', '\u001b[2Jgone\u0007')
      return true
    }
    expect((await cadre(['tasks'])).stderr).toBe('Error: gone\n')
  })

  test.each([
    [['taks'], "unknown command 'taks'"],
    [['tasks', '--limit', '0'], 'whole number from 1'],
    [['run'], "missing required argument 'agent'"],
    [['run', 'echo', '--json-input', '{'], '--json-input is not JSON'],
    [['run', 'echo', '--direct', '--detach'], 'cannot be used with'],
    [['tasks', '--url', 'ftp://x'], 'is no address of Cadre'],
  ])('usage: %j → exit code 2', async (args, message) => {
    const human = await cadre(args)
    expect(human.stderr).toContain(message)
    expect(human.code).toBe(2)
    const machine = await cadre([...args, '--json'])
    expect(JSON.parse(machine.stderr)).toMatchObject({ error: { code: 'cli.usage' } })
    expect(machine.code).toBe(2)
  })
})

describe('doctor', () => {
  test('all in order → exit code 0', async () => {
    const { code, stdout } = await cadre(['doctor', '--json'])
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string }[] }
    expect([code, ok]).toEqual([0, true])
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'data directory', 'disk space', 'server', 'key', 'clock']),
    )
  })

  test('server down → fails with the mend', async () => {
    const { code, stdout } = await cadre(['doctor', '--url', await deadUrl()])
    expect(stdout).toMatch(/fail {2}server +nothing answers at/)
    expect(stdout).toContain('npm start')
    expect(code).toBe(1)
  })

  test('clock far off → fails', async () => {
    fake.intercept = (_, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
      return false
    }
    const { code, stdout } = await cadre(['doctor'])
    expect(stdout).toMatch(/fail {2}clock +differs from the server by (59|60) min/)
    expect(code).toBe(1)
  })

  test('another program has the port → names CADRE_PORT', async () => {
    fake.intercept = (_, response) => {
      response.end('<html>')
      return true
    }
    const { code, stdout } = await cadre(['doctor'])
    expect(stdout).toContain('CADRE_PORT')
    expect(code).toBe(1)
  })
})

const isStream = ({ path }: FakeRequest) => path === '/events'
const taskOf = ({ path }: FakeRequest) => path.split('/')[2]

/** Every task made from now on has ended before its answer arrives. */
const finishCreatedTasks = (fields: Record<string, unknown> = { status: 'DONE' }) => {
  fake.intercept = (request) => {
    if (!isStream(request)) return false
    for (const task of fake.tasks.values()) Object.assign(task, fields)
  }
}

/** An address where somebody listened, and nobody does any more. */
const deadUrl = async (): Promise<string> => {
  const gone = await FakeCadre.start()
  const { url } = gone
  await gone[Symbol.asyncDispose]()
  return url
}
