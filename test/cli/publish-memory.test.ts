import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCliProcess } from '../support/run-cadre.ts'

const FILE_BYTES = 400 * 1024 * 1024
const MEMORY_BYTES_MAX = 300 * 1024 * 1024

const server = createServer()
let folder: string
beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  folder = await mkdtemp(join(tmpdir(), 'cadre-publish-'))
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

test('publish: a large file → streamed, never held in memory', async () => {
  const file = join(folder, 'large.wasm')
  await writeLargeModule(file)
  const { port } = server.address() as AddressInfo
  const run = startCliProcess(['publish', file], {
    env: { CADRE_URL: `http://127.0.0.1:${port}`, CADRE_KEY: 'k' },
  })
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  let received = 0
  for await (const chunk of request) received += (chunk as Buffer).length
  const memoryBytes = await residentBytes(run.child.pid ?? 0)
  response.writeHead(201, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ id: 'id', name: 'large', version: '1.0.0' }))
  expect((await run.ended).code).toBe(0)
  expect(received).toBeGreaterThan(FILE_BYTES)
  expect(memoryBytes).toBeLessThan(MEMORY_BYTES_MAX)
})

/** A sparse file: large to read, and nothing on the disk. */
const writeLargeModule = async (path: string): Promise<void> => {
  await using file = await open(path, 'w')
  await file.write(Buffer.from('\0asm\u0001\0\0\0', 'latin1'))
  await file.truncate(FILE_BYTES)
}

/** Small systems have no `ps`, and others no `/proc`. */
const residentBytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kilobytes !== undefined) return Number(kilobytes) * 1024
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1024
}
