import { mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { startGuarded, type GuardedProcess } from './guarded-process.ts'

const PROGRAM = join(import.meta.dirname, 's3-program.ts')
const READY = /S3 server is listening/

/** A real S3 server program of a test's own, from npm. It knows its keys, and takes any signature. */
export interface S3Server {
  endpoint: string
  bucket: string
  accessKey: string
  secretKey: string
  /** Uploads in parts that nobody completed or ended. */
  openUploads(): Promise<string[]>
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
    running = startGuarded({
      command: process.execPath,
      args: [PROGRAM, directory, String(port), bucket],
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
    openUploads: () => readdir(join(directory, bucket, '._S3rver_uploads')).catch(() => []),
    crash,
    start,
    stop,
  }
}
