import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startGuarded } from './guarded-process.ts'
import type { ProvidedRedis } from './redis.ts'

const run = promisify(execFile)
const PROBE_MS_MAX = 5_000
const START_MS_MAX = 180_000

/** A container of its own for this process, removed with it. */
export const provideRedisByCompose = async (): Promise<ProvidedRedis> => {
  try {
    await run('docker', ['info'], { timeout: PROBE_MS_MAX })
  } catch {
    throw new Error('Docker: not running')
  }
  const project = `cadre-test-redis-${process.pid}`
  const file = join(import.meta.dirname, 'compose.yaml')
  const compose = ['compose', '--project-name', project, '--file', file]
  const guard = startGuarded({
    command: 'sleep',
    args: ['infinity'],
    stopSignal: 'SIGTERM',
    cleanUp: ['docker', ...compose, 'down', '--volumes', '--timeout', '1'],
  })
  try {
    await run('docker', [...compose, 'up', '--detach', '--wait', 'redis'], {
      timeout: START_MS_MAX,
    })
    const { stdout } = await run('docker', [...compose, 'port', 'redis', '6379'])
    return {
      url: `redis://${stdout.trim()}`,
      how: `a container of Docker Compose, project ${project}`,
      stop: guard.stop,
    }
  } catch (error) {
    await guard.stop()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Docker Compose: ${reason}`, { cause: error })
  }
}
