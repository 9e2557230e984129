import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startGuarded } from './guarded-process.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cadre-guard-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A command that says its pid and stays. */
const staying = ['-c', 'echo "pid $$"; exec sleep 600']

test('guard: parent is killed → command ended, directory removed', async () => {
  const directory = await mkdtemp(join(parent, 'owned-'))
  const module = JSON.stringify(join(import.meta.dirname, 'guarded-process.ts'))
  const guarded = { command: 'sh', args: staying, stopSignal: 'SIGTERM', directory }
  const starter = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '--eval',
      `import { startGuarded } from ${module}
       const guarded = startGuarded(${JSON.stringify(guarded)})
       await guarded.says(/pid \\d+/)
       console.log('ready')`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(starter.stdout, 'data')
  const removed = new Promise<void>((resolve) => {
    const watcher = watch(parent, () => {
      stat(directory).catch(() => {
        watcher.close()
        resolve()
      })
    })
  })
  starter.kill('SIGKILL')
  await removed
})

test('guard: stopped → command ended before it resolves', async () => {
  const guarded = startGuarded({
    command: 'sh',
    args: ['-c', 'echo "pid $$" > "$0"; echo started; exec sleep 600', join(parent, 'pid')],
    stopSignal: 'SIGTERM',
  })
  await guarded.says(/started/)
  const pid = Number((await readFile(join(parent, 'pid'), 'utf8')).replace('pid ', ''))
  expect(isAlive(pid)).toBe(true)
  await guarded.stop()
  expect(isAlive(pid)).toBe(false)
})

test('guard: command ends before it is ready → refused with what it said', async () => {
  const guarded = startGuarded({
    command: 'sh',
    args: ['-c', 'echo no such luck; exit 3'],
    stopSignal: 'SIGTERM',
  })
  await expect(guarded.says(/ready/)).rejects.toThrow(/no such luck/)
})
