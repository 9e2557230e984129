import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { startGuarded, type GuardedProcess } from './guarded-process.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const PROGRAM = join(ROOT, 'node_modules', 's3rver', 'bin', 's3rver.js')
const READY = /S3rver listening/

/** A real S3 server program of a test's own, from npm. It knows its keys, and takes any signature. */
export interface S3Server {
  endpoint: string
  bucket: string
  accessKey: string
  secretKey: string
  /** Kills the server; what was kept is kept. */
  crash(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export const startS3 = async (): Promise<S3Server> => {
  const directory = await mkdtemp(join(tmpdir(), 'cadre-s3-'))
  const bucket = 'cadre-test'
  await mkdir(join(directory, bucket))
  // Outlives the server's crashes, and goes with this process however that ends.
  const keeper = startGuarded({
    command: 'sleep',
    args: ['infinity'],
    stopSignal: 'SIGKILL',
    directory,
  })
  const [port = 0] = await freePorts(1)
  let running: GuardedProcess | null = null
  const start = async () => {
    const where = ['--directory', directory, '--address', '127.0.0.1', '--port', String(port)]
    running = startGuarded({
      command: process.execPath,
      args: [PROGRAM, ...where, '--no-vhost-buckets', '--configure-bucket', bucket],
      stopSignal: 'SIGKILL',
    })
    await running.says(READY)
  }
  const crash = async () => {
    await running?.stop()
    running = null
  }
  const stop = async () => {
    await crash()
    await keeper.stop()
  }
  await start().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    crash,
    start,
    stop,
  }
}
