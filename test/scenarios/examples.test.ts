import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunDetail, RunStep } from '@cadre/contract'
import { runCadreCli } from '../support/run-cadre.ts'
import { untilRunTells } from '../support/run-waiting.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The workflows of `examples/`, run by the commands that they name, with the demonstration agents.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_BODY_BYTES_MAX: '4194304' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-examples-'))
  for (const name of await exampleNames()) {
    const published = await cadre('workflow', 'publish', `examples/${name}`)
    expect(published).toMatchObject({ code: 0, stderr: '' })
  }
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const exampleNames = async (): Promise<string[]> =>
  (await readdir(join(ROOT, 'examples'))).filter((name) => name.endsWith('.yaml'))

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: ROOT, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })

interface Shown {
  run: RunDetail
  steps: RunStep[]
}
const newest = async (workflow: string): Promise<Shown> => {
  const [run] = (await server.client.runs.list({ workflow, limit: 1 })).items
  return JSON.parse((await cadre('run', 'show', run?.id ?? '', '--json')).stdout) as Shown
}

const textIn = (result: unknown): unknown => (result as { text?: string } | undefined)?.text

describe('document pipeline', () => {
  test('every file of a folder is processed, those without words too', async () => {
    const files = new Map<string, string>()
    for (let index = 0; index < 30; index += 1)
      files.set(`part-${index % 3}/${index}.md`, 'durable queue '.repeat(index))
    files.set('ünïcode — name.txt', 'Größe zählt')
    for (const [name, text] of files) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), text)
    }

    const ended = await cadre('trigger', 'document-pipeline', '--files', folder, '--follow')

    expect(ended.stderr).toContain('overview is done')
    expect(ended.code).toBe(0)
    const lines = ended.stdout.trim().split('\n').slice(2)
    const words = (text: string) => text.split(/\s+/).filter(Boolean).length
    const told = lines.map((line) => /^- (.*?): (\d+) words/.exec(line)?.slice(1))
    const there = [...files].map(([name, text]) => [name, String(words(text))])
    expect(told.toSorted()).toEqual(there.toSorted())

    const { steps } = await newest('document-pipeline')
    for (const step of ['count', 'keywords', 'describe'])
      expect(steps.filter((found) => found.step === step && found.item !== null)).toHaveLength(31)
  })

  test('files of more than one expression may give, all together → processed all the same', async () => {
    const large = join(folder, 'large')
    await mkdir(large)
    for (let index = 0; index < 6; index += 1)
      await writeFile(join(large, `${index}.txt`), 'durable '.repeat(25_000 + index))
    const ended = await cadre('trigger', 'document-pipeline', '--files', large, '--wait')
    expect(ended.stderr).toContain('6 files')
    const counts = [...ended.stdout.matchAll(/\.txt: (\d+) words/g)].map(([, words]) => words)
    expect(counts).toEqual(['25000', '25001', '25002', '25003', '25004', '25005'])
  })

  test('the folder that the README names: each of its files has a line', async () => {
    const { code, stdout } = await cadre(
      ...'trigger document-pipeline --files docs --only .md --wait'.split(' '),
    )
    expect(code).toBe(0)
    const there = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) =>
      name.endsWith('.md'),
    )
    expect(there.length).toBeGreaterThan(10)
    for (const name of there) expect(stdout).toContain(`- ${name}: `)
  })
})

describe('order saga', () => {
  test('a good card → the order is confirmed and nothing is undone', async () => {
    const ended = await cadre(
      ...'trigger order-saga --context @examples/data/order.json --follow'.split(' '),
    )
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.stdout).toMatch(/^Order 17 is on its way\. Reserved for order 17: /)
    const { run, steps } = await newest('order-saga')
    expect(run.status).toBe('COMPLETED')
    const undone = steps.filter((step) => step.is_compensation && step.released_at !== null)
    expect(undone).toEqual([])
  })

  test('a card that is declined → payment first, then the others are undone with their answers', async () => {
    const ended = await cadre(
      ...'trigger order-saga --context @examples/data/order-declined.json --follow'.split(' '),
    )
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(
      /pay has failed \(2 attempts[^]*undo pay is done[^]*undo (?:reserve|weigh) begins/,
    )
    expect(ended.stderr).toMatch(/failed at step pay, and what it had done is undone/)
    const { run, steps } = await newest('order-saga')
    expect(run.status).toBe('COMPENSATED')
    const papers = await Promise.all(
      steps
        .filter((step) => step.is_compensation)
        .map(async ({ id, step }) => {
          const { output, task_id: taskId } = await server.client.runs.step(run.id, id)
          const task = taskId === null ? null : await server.client.tasks.get(taskId)
          return [step, textIn(output ?? task?.result)]
        }),
    )
    expect(Object.fromEntries(papers)).toEqual({
      pay: 'Asked the bank to refund whatever it took for order 18',
      reserve: expect.stringMatching(
        /^Cancelled: Reserved for order 18: a desk lamp \(.*on purpose/,
      ),
      weigh: expect.stringMatching(/^Parcel of 4\.6\d* lb unpacked$/),
    })
  })
})

describe('expense approval', () => {
  const ask = async (): Promise<string> => {
    const started = await cadre(
      ...'trigger expense-approval --context @examples/data/expenses.json'.split(' '),
    )
    const id = started.stdout.trim()
    await untilRunTells(server, id, 'approval.requested')
    return id
  }

  test('approved at the command line → the payment with the comment', async () => {
    const id = await ask()
    expect((await cadre('approvals')).stdout).toMatch(
      new RegExp(`${id} .*Pay 276\\.9 to Ms Lind\\?`),
    )
    expect((await cadre('approve', id, '--comment', 'Have a good trip')).code).toBe(0)
    const ended = await cadre('run', 'follow', id)
    expect(ended.stdout).toBe(
      'Dear field team, your expenses are paid. Approved by administrator: Have a good trip\n',
    )
  })

  test('rejected → the refusal, and no payment', async () => {
    const id = await ask()
    expect((await cadre('reject', id, 'decision', '--comment', 'No receipts')).code).toBe(0)
    const ended = await cadre('run', 'follow', id)
    expect(ended.stdout).toMatch(/are not paid\. Rejected by administrator: No receipts\n$/)
    const { steps } = await newest('expense-approval')
    expect(steps.find(({ step }) => step === 'pay')?.status).toBe('SKIPPED')
  })
})

describe('nightly report', () => {
  test('on its schedule, run once now → the report, and when the next one comes', async () => {
    const words = 'schedule create nightly --zone Europe/Berlin --workflow nightly-report'
    const created = await cadre(
      ...words.split(' '),
      '--cron',
      '0 2 * * *',
      '--context',
      '@examples/data/nightly.json',
    )
    expect(created.stdout).toMatch(/^Schedule nightly is created\. It runs in /)
    const id = (await cadre('schedule', 'trigger', 'nightly')).stdout.trim()
    const ended = await cadre('run', 'follow', id)
    expect(ended.stdout).toMatch(/^shop, \S+: 2 errors, 1 warnings, 1 secrets in the log\n- 2 × /)
    const shown = await cadre('schedule', 'show', 'nightly')
    expect(shown.stdout).toMatch(new RegExp(`COMPLETED +hand +${id}`))
    expect((await server.client.runs.get(id)).trigger).toBe('schedule')
  })

  test('started by hand → the report', async () => {
    const ended = await cadre(
      ...'trigger nightly-report --context @examples/data/nightly.json --wait'.split(' '),
    )
    expect(ended.stdout).toMatch(/^shop, \S+: 2 errors, 1 warnings, 1 secrets in the log\n- 2 × /)
  })
})
