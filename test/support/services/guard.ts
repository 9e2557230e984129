import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { GuardedCommand } from './guarded-process.ts'

/**
 * Runs a command for the process that started this one, and ends it with that process, however
 * that ends: the pipe on standard input closes even when it is killed. Then it cleans up.
 */
const guarded = JSON.parse(process.argv[2] ?? '') as GuardedCommand
const STOP_MS_MAX = 10_000

const child = spawn(guarded.command, guarded.args, {
  uid: guarded.user?.uid,
  gid: guarded.user?.gid,
  cwd: '/',
  stdio: ['ignore', 'inherit', 'inherit'],
})
const stop = () => {
  child.kill(guarded.stopSignal)
  setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX).unref()
}
const cleanUp = () => {
  const [command, ...args] = guarded.cleanUp ?? []
  if (command !== undefined) spawnSync(command, args, { stdio: 'ignore' })
  if (guarded.directory !== undefined)
    rmSync(guarded.directory, { recursive: true, force: true, maxRetries: 10 })
}
child.once('error', () => {
  cleanUp()
  process.exit(1)
})
child.once('exit', (code) => {
  cleanUp()
  process.exit(code ?? 1)
})
process.on('SIGTERM', stop)
process.stdin.once('close', stop).setEncoding('utf8')
process.stdin.on('data', (names: string) => {
  for (const name of names.trim().split('\n')) child.kill(name as NodeJS.Signals)
})
