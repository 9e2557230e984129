import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Run, RunDetail, RunStep, TriggeredRun } from '@cadre/contract'
import { runCadreCli, startCadreCli, type RunOptions } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server with its demonstration agents.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre()
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  for (const source of Object.values(WORKFLOWS)) await server.client.workflows.publish({ source })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const failingAs = (name: string, policy: 'hold' | 'fail'): string => `
name: ${name}
version: 1.0.0
steps:
  first: { agent: unit-convert, input: { value: 1, from: m, to: cm } }
  second:
    needs: first
    agent: unit-convert
    input: { value: 1, from: m, to: cm, fail_chance: 1 }
    max_retries: 0
    on_failure: ${policy}
`

const WORKFLOWS = {
  greet: `
name: greet
version: 1.0.0
trigger: { schema: { type: object, required: [name], properties: { name: { type: string } } } }
steps:
  fill:
    agent: template-fill
    input: { template: "Hello {{name}}", data: { name: "\${trigger.name}" } }
output: \${steps.fill.result.text}
`,
  count: `
name: count
version: 1.0.0
steps:
  words: { for_each: trigger.files, agent: word-count, input: "\${item.text}" }
output: \${steps.words.result.map(counted, counted.words)}
`,
  held: failingAs('held', 'hold'),
  fails: failingAs('fails', 'fail'),
  ask: `
name: ask
version: 1.0.0
steps:
  may_it: { approval: "May \${trigger.what} begin?" }
  paid: { needs: may_it, signal: paid }
output: \${steps.paid.result}
`,
}
const cadre = (args: string[], options: RunOptions = {}) =>
  runCadreCli(args, {
    cwd: folder,
    ...options,
    env: { CADRE_URL: server.url, CADRE_KEY: server.key },
  })
const idOf = async (args: string[]): Promise<string> => (await cadre(args)).stdout.trim()

describe('trigger', () => {
  test('prints the id of the run; the same idempotency key prints the same', async () => {
    const words = ['trigger', 'greet', '--context', '{"name":"Ada"}', '--idempotency-key', 'k1']
    const first = await cadre(words)
    const again = await cadre(words)
    expect(first.stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect([again.stdout, again.stderr]).toEqual([
      first.stdout,
      expect.stringContaining('was known'),
    ])
  })

  test.each([
    ['JSON', ['--context', '{"name":"Ada"}'], undefined],
    ['a file', ['--context', '@context.json'], undefined],
    ['standard input', ['--context', '-'], '{"name":"Ada"}'],
  ])('--wait with the context as %s → the output, exit code 0', async (_, words, stdin) => {
    await writeFile(join(folder, 'context.json'), '{"name":"Ada"}')
    const ended = await cadre(['trigger', 'greet', ...words, '--wait'], { stdin: stdin ?? '' })
    expect(ended).toMatchObject({ code: 0, stdout: 'Hello Ada\n' })
    expect(ended.stderr).toMatch(/^Completed in [^,]+\.\n$/)
  })

  test('--follow → the steps on stderr in their order, the output on stdout', async () => {
    const words = ['trigger', 'greet', '--context', '{"name":"Ada"}', '--follow']
    const { code, stdout, stderr } = await cadre(words)
    expect([code, stdout]).toEqual([0, 'Hello Ada\n'])
    expect(stderr).toMatch(/fill begins\n.*fill is done \(in [^)]+\)\nCompleted in/)
  })

  test('--wait of a run that fails → where and why, exit code 1', async () => {
    const { code, stdout, stderr } = await cadre(['trigger', 'fails', '--wait'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^Error: Run \S+ failed at step second: .*on purpose.*cadre run show/)
  })

  test('--json → one document: the run as it begins, or as it ended', async () => {
    const context = ['--context', '{"name":"Ada"}', '--json']
    const begun = JSON.parse((await cadre(['trigger', 'greet', ...context])).stdout) as TriggeredRun
    expect(begun).toMatchObject({ is_replay: false, run: { workflow_name: 'greet' } })
    const ended = await cadre(['trigger', 'greet', ...context, '--wait'])
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', output: 'Hello Ada' })
    expect(ended.stderr).toBe('')
  })

  test('Ctrl-C while it is followed → leaves it to go on, exit code 130', async () => {
    const started = startCadreCli(['trigger', 'ask', '--context', '{"what":"it"}', '--follow'], {
      cwd: folder,
      env: { CADRE_URL: server.url, CADRE_KEY: server.key },
    })
    await started.shows('May it begin?')
    started.interrupt()
    const { code, stderr } = await started.ended
    expect(code).toBe(130)
    const [, id = ''] = /cadre run show (\S+)`/.exec(stderr) ?? []
    expect((await server.client.runs.get(id)).status).toBe('RUNNING')
  })

  test.each([
    ['no such workflow', ['greeting'], 1, 'There is no workflow "greeting".'],
    ['one like it', ['greet-all'], 1, 'Did you mean greet?'],
    ['context that its schema refuses', ['greet', '--context', '{}'], 1, 'context: '],
    ['context that is no JSON', ['greet', '--context', '{name}'], 2, '--context is not JSON'],
    ['file that is not there', ['greet', '--context', '@gone.json'], 1, 'gone.json does not exist'],
    ['both ways to wait', ['greet', '--wait', '--follow'], 2, 'cannot be used with'],
  ])('%s → said in words', async (_, words, exitCode, message) => {
    const { code, stderr } = await cadre(['trigger', ...words])
    expect(stderr).toContain(message)
    expect(code).toBe(exitCode)
  })
})

describe('trigger --files', () => {
  const folderOf = async (name: string, files: Record<string, string | Uint8Array>) => {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, name, path)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, content)
    }
    return name
  }

  test('the text files below the folder by name; hidden ones are left out, and that is said', async () => {
    const name = await folderOf('papers', {
      'b.txt': 'one two',
      'a/ü.md': 'three',
      '.git/config': 'x',
      'empty.txt': '',
    })
    const words = ['trigger', 'count', '--files', name, '--context', '{"by":"me"}', '--wait']
    const { code, stdout, stderr } = await cadre(words)
    expect([code, JSON.parse(stdout)]).toEqual([0, [1, 2, 0]])
    expect(stderr).toContain('3 files of papers, 12 B; 1 hidden name left out.')
    const [run] = (await server.client.runs.list({ workflow: 'count', limit: 1 })).items
    expect((await server.client.runs.get(run?.id ?? '')).context).toEqual({
      by: 'me',
      files: [
        { name: 'a/ü.md', text: 'three' },
        { name: 'b.txt', text: 'one two' },
        { name: 'empty.txt', text: '' },
      ],
    })
  })

  test('a file that is no text → named; --only leaves it out', async () => {
    const files = { 'a.md': 'one', 'photo.png': Uint8Array.of(0x89, 0x50, 0, 0xff) }
    const name = await folderOf('mixed', files)
    const refused = await cadre(['trigger', 'count', '--files', name])
    expect(refused.stderr).toContain('Not text in UTF-8 in mixed: photo.png.')
    expect(refused.code).toBe(1)
    const taken = await cadre(['trigger', 'count', '--files', name, '--only', '.md', '--wait'])
    expect(JSON.parse(taken.stdout)).toEqual([1])
  })

  test('more than the server takes → its limit is named', async () => {
    const name = await folderOf('large', { 'a.txt': 'x'.repeat(1_500_000) })
    const { code, stderr } = await cadre(['trigger', 'count', '--files', name])
    expect(stderr).toContain('CADRE_BODY_BYTES_MAX')
    expect(code).toBe(1)
  })

  test.each([
    ['no such folder', ['--files', 'gone'], 'gone does not exist.'],
    ['a file', ['--files', 'context.json'], 'context.json is no folder.'],
    ['nothing in it', ['--files', 'void'], 'void holds no file.'],
    ['nothing that counts', ['--files', 'papers', '--only', '.rs'], 'no file that ends in .rs.'],
    ['no object to add to', ['--files', 'papers', '--context', '[]'], 'must be a JSON object'],
    ['files in both', ['--files', 'papers', '--context', '{"files":[]}'], 'holds "files" already'],
    ['endings of nothing', ['--only', '.md'], '--only goes with --files'],
  ])('%s → said in words', async (_, words, message) => {
    await mkdir(join(folder, 'void'), { recursive: true })
    const { code, stderr } = await cadre(['trigger', 'count', ...words])
    expect(stderr).toContain(message)
    expect(code).not.toBe(0)
  })
})

describe('runs', () => {
  test('lists by workflow and state; --attention those that are held', async () => {
    const id = await idOf(['trigger', 'held'])
    const held = startCadreCli(['run', 'follow', id], {
      cwd: folder,
      env: { CADRE_URL: server.url, CADRE_KEY: server.key },
    })
    await held.shows('second is held: a person must decide')
    held.interrupt()
    await held.ended
    expect((await cadre(['runs', '--attention'])).stdout).toContain(id)
    expect((await cadre(['runs', '--workflow', 'held', '--status', 'running'])).stdout).toContain(
      id,
    )
    const completed = await cadre(['runs', '--status', 'completed', '--json'])
    const statuses = (JSON.parse(completed.stdout) as { items: Run[] }).items.map(
      ({ status }) => status,
    )
    expect(new Set(statuses)).toEqual(new Set(['COMPLETED']))

    // What a person decides about it.
    const refused = await cadre(['run', 'skip', id, 'third'])
    expect(refused.stderr).toContain('It has: first, second.')
    const done = await cadre(['run', 'complete', id, 'second', '--result', '{"by":"hand"}'])
    expect(done.stdout).toBe('second is declared done.\n')
    const ended = await cadre(['run', 'follow', id])
    expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([0, { second: { by: 'hand' } }])
    const late = await cadre(['run', 'retry', id, 'second'])
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('The run is over')])
  })

  test('show → steps in the order of the definition with elements below; rerun from the failed', async () => {
    const counted = await cadre(['trigger', 'count', '--files', 'papers', '--wait', '--json'])
    const { id } = JSON.parse(counted.stdout) as RunDetail
    const shown = (await cadre(['run', 'show', id])).stdout
    expect(shown).toMatch(
      /words +DONE.*3 elements\n├ \[0\] +DONE.*\n├ \[1\] +DONE.*\n└ \[2\] +DONE/,
    )
    expect(shown).toContain('Status    COMPLETED')
    const json = JSON.parse((await cadre(['run', 'show', id, '--json'])).stdout) as {
      run: RunDetail
      steps: RunStep[]
    }
    expect([json.run.id, json.steps.length]).toEqual([id, 4])

    const failed = await cadre(['trigger', 'fails', '--wait', '--json'])
    const first = (JSON.parse(failed.stdout) as RunDetail).id
    const again = await idOf(['run', 'rerun', first, '--from', 'failed'])
    const ended = await cadre(['run', 'follow', again])
    expect(ended.code).toBe(1)
    expect((await cadre(['run', 'show', again])).stdout).toMatch(
      /first +DONE.*taken over from an earlier run/,
    )
  })

  test('watch --run → only what happens to this run', async () => {
    const id = await idOf(['trigger', 'ask', '--context', '{"what":"it"}'])
    const env = { CADRE_URL: server.url, CADRE_KEY: server.key }
    const watch = startCadreCli(['watch', '--run', id], { cwd: folder, env })
    await watch.shows('Watching')
    await cadre(['trigger', 'ask', '--context', '{"what":"another"}'])
    await cadre(['run', 'cancel', id])
    await watch.shows('run.cancelled')
    watch.interrupt()
    const { stdout } = await watch.ended
    expect(stdout).not.toContain('run.started')
    for (const line of stdout.trim().split('\n')) expect(line).toContain(id)
  })

  test('pause, resume, cancel → each says what it did', async () => {
    const id = await idOf(['trigger', 'ask', '--context', '{"what":"it"}'])
    expect((await cadre(['run', 'pause', id])).stdout).toContain('is paused')
    expect((await cadre(['runs', '--workflow', 'ask'])).stdout).toContain('RUNNING, paused')
    expect((await cadre(['run', 'resume', id])).stdout).toContain('goes on')
    const cancelled = await cadre(['run', 'cancel', id, '--reason', 'not needed'])
    expect(cancelled.stdout).toContain('is CANCELLED')
    expect((await cadre(['run', 'show', id])).stdout).toContain('not needed')
  })

  test('approvals, approve, signal → the run goes on to its end', async () => {
    const id = await idOf(['trigger', 'ask', '--context', '{"what":"this one"}'])
    expect((await cadre(['approvals'])).stdout).toMatch(new RegExp(`${id} .*May this one begin\\?`))
    const early = await cadre(['run', 'signal', id, 'paid', '--body', '{"amount":3}'])
    expect(early.stdout).toContain('it is kept')
    const approved = await cadre(['approve', id, '--comment', 'go on'])
    expect(approved.stdout).toBe('may_it is approved.\n')
    const ended = await cadre(['run', 'follow', id])
    expect([ended.code, JSON.parse(ended.stdout)]).toEqual([0, { amount: 3 }])
    const nobody = await cadre(['approve', id])
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('asks nobody')])
  })

  test('reject → the run fails with the comment', async () => {
    const id = await idOf(['trigger', 'ask', '--context', '{"what":"that one"}'])
    expect((await cadre(['reject', id, 'may_it', '--comment', 'too dear'])).code).toBe(0)
    const ended = await cadre(['run', 'follow', id])
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('too dear')])
  })

  test('an agent is run as before; its name comes first', async () => {
    const { code, stdout } = await cadre(['run', 'word-count', '--json-input', '"one two"', '-q'])
    expect([code, (JSON.parse(stdout) as { words: number }).words]).toEqual([0, 2])
  })
})
