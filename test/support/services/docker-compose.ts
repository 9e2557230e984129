import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startGuarded } from './guarded-process.ts'

const run = promisify(execFile)
const PROBE_MS_MAX = 5_000
const START_MS_MAX = 180_000

export interface ComposedService {
  /** Host and port on this machine of each port asked for, in order. */
  addresses: string[]
  how: string
  stop(): Promise<void>
}

/** A container of its own for this process, removed with it. */
export const provideByCompose = async (
  service: string,
  ports: readonly number[],
): Promise<ComposedService> => {
  try {
    await run('docker', ['info'], { timeout: PROBE_MS_MAX })
  } catch {
    throw new Error('Docker: not running')
  }
  const project = `cadre-test-${service}-${process.pid}`
  const file = join(import.meta.dirname, 'compose.yaml')
  const compose = ['compose', '--project-name', project, '--file', file]
  const guard = startGuarded({
    command: 'sleep',
    args: ['infinity'],
    stopSignal: 'SIGTERM',
    cleanUp: ['docker', ...compose, 'down', '--volumes', '--timeout', '1'],
  })
  try {
    await run('docker', [...compose, 'up', '--detach', '--wait', service], {
      timeout: START_MS_MAX,
    })
    const addresses = []
    for (const port of ports)
      addresses.push((await run('docker', [...compose, 'port', service, String(port)])).stdout)
    return {
      addresses: addresses.map((address) => address.trim()),
      how: `a container of Docker Compose, project ${project}`,
      stop: guard.stop,
    }
  } catch (error) {
    await guard.stop()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Docker Compose: ${reason}`, { cause: error })
  }
}
