import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from './directory-lock.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cadre-lock-'))
  path = join(directory, 'lock')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const pidOfTheDead = async (): Promise<number> => {
  const child = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

test('lock: free → taken; released → free again, nothing left behind', async () => {
  const lock = await lockDirectory(path)
  await expect(lockDirectory(path)).rejects.toThrow(`process ${process.pid}`)
  await lock.release()
  expect(await readdir(directory)).toEqual([])
  await (await lockDirectory(path)).release()
})

test('lock: its owner was killed → taken over', async () => {
  await writeFile(path, JSON.stringify({ pid: await pidOfTheDead(), startedAt: '1' }))
  const lock = await lockDirectory(path)
  expect(await readFile(path, 'utf8')).toContain(String(process.pid))
  await lock.release()
})

test('lock: its owner died and the pid was given anew → taken over', async () => {
  await writeFile(path, JSON.stringify({ pid: process.ppid, startedAt: '1' }))
  await (await lockDirectory(path)).release()
})

test('lock: file cut short by a crash → taken over', async () => {
  await writeFile(path, '{"pid":')
  await (await lockDirectory(path)).release()
})

test('lock: another process has it → refused with its pid, until it ends', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'directory-lock.ts'))
  const script = `import { lockDirectory } from ${module}
    await lockDirectory(${JSON.stringify(path)})
    console.log('locked')
    setInterval(() => {}, 1_000)`
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(owner.stdout, 'data')
  await expect(lockDirectory(path)).rejects.toThrow(`process ${owner.pid}`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  await (await lockDirectory(path)).release()
})

test.each([
  ['free', null],
  ['stale', 'dead'],
])('lock: many want a %s one at once → exactly one gets it', async (_, left) => {
  for (let round = 0; round < 40; round++) {
    if (left !== null) await writeFile(path, JSON.stringify({ pid: 2 ** 30, startedAt: '1' }))
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(path)))
    const taken = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(taken).toHaveLength(1)
    await taken[0]?.release()
    expect(await readdir(directory)).toEqual([])
  }
})
