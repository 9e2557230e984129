/**
 * The S3 server program with what it lacks and Cadre needs: AbortMultipartUpload, and
 * NoSuchUpload for uploads that are over. Takes the directory, the port and the bucket.
 */
import { createRequire } from 'node:module'
import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'

interface Context {
  method: string
  path: string
  query: Record<string, string | undefined>
  status: number
  body: unknown
}
type Middleware = (context: Context, next: () => Promise<void>) => Promise<void>
interface Server {
  middleware: Middleware[]
  run(): Promise<{ address: string; port: number }>
}
type Program = new (options: object) => Server

const require = createRequire(import.meta.url)
const S3rver = require('s3rver') as Program

const [directory = '', port = '', bucket = ''] = process.argv.slice(2)
const server = new S3rver({
  directory,
  port: Number(port),
  address: '127.0.0.1',
  vhostBuckets: false,
  silent: true,
  configureBuckets: [{ name: bucket }],
})

const uploads: Middleware = async (context, next) => {
  const { uploadId } = context.query
  if (uploadId === undefined || !/^\w+$/.test(uploadId)) return next()
  const parts = join(directory, bucket, '._S3rver_uploads', uploadId)
  const isThere = await access(parts).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    context.status = 404
    context.body = '<Error><Code>NoSuchUpload</Code></Error>'
    return
  }
  if (context.method !== 'DELETE') return next()
  await rm(parts, { recursive: true, force: true })
  context.status = 204
}
server.middleware.unshift(uploads)
await server.run()
process.stdout.write('S3 server is listening\n')
