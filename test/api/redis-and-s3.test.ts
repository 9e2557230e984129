import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskOffer } from '@cadre/contract'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startRedis, type RedisServer } from '../support/services/redis-server.ts'
import { startS3, type S3Server } from '../support/services/s3-server.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Cadre with Redis and S3 by configuration alone, while both are lost.

let redis: RedisServer
let s3: S3Server
let cadre: RunningCadre
const WAIT = { timeout: 20_000, interval: 20 }

beforeAll(async () => {
  redis = await startRedis()
  s3 = await startS3()
  cadre = await startCadre({
    CADRE_DEMO_AGENTS: 'false',
    CADRE_BROKER: 'redis',
    CADRE_REDIS_URL: redis.url,
    CADRE_S3_ENDPOINT: s3.endpoint,
    CADRE_S3_PUBLIC_ENDPOINT: s3.endpoint,
    CADRE_S3_BUCKET: s3.bucket,
    CADRE_S3_ACCESS_KEY: s3.accessKey,
    CADRE_S3_SECRET_KEY: s3.secretKey,
  })
})
afterAll(async () => {
  await cadre.stop()
  await redis.stop()
  await s3.stop()
})

const healthOf = async () => {
  const answer = await cadre.request('/api/v1/health')
  const { components } = (await answer.json()) as { components: Record<string, { status: string }> }
  return {
    status: answer.status,
    broker: components['broker']?.status,
    redis: components['redis']?.status,
  }
}
const createTasks = async (agentId: string, count: number): Promise<string[]> => {
  const tasks = await Promise.all(
    Array.from({ length: count }, () => cadre.client.tasks.create({ agent_id: agentId })),
  )
  return tasks.map(({ id }) => id)
}
const admittedCount = async () => {
  const metrics = await (await cadre.request('/metrics')).text()
  return Number(/cadre_queue_depth\{[^}]*state="admitted"[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0)
}
const listen = async (agent: { id: string; key: string }) => {
  const stream = await openEventStream(
    `${cadre.url}/api/v1/agents/${agent.id}/stream?prefetch=50`,
    { authorization: `Bearer ${agent.key}` },
  )
  const offered = () =>
    new Set(
      stream.messages
        .filter((message) => message.event === 'task')
        .map((message) => (JSON.parse(message.data) as TaskOffer).task_id),
    )
  return { ...stream, offered }
}

test('a WASM agent: kept in the bucket, run by way of Redis', async () => {
  const agent = await publishWasm(cadre.client, 'echo', ECHO)
  const { id } = await cadre.client.tasks.create({ agent_id: agent.id, input: 'hello' })
  await expect.poll(async () => (await cadre.client.tasks.get(id)).status, WAIT).toBe('DONE')
  expect(await readdir(join(cadre.dataDirectory, 'blobs'))).toEqual(['incoming'])
  expect(await healthOf()).toEqual({ status: 200, broker: 'healthy', redis: 'healthy' })
})

test('a listed binary → fetched from the store itself, at an address that expires', async () => {
  const { binary_sha256 } = await publishWasm(cadre.client, 'fetched', ECHO)
  await cadre.client.marketplace.publish({ item_type: 'agent', name: 'fetched', version: '1.0.0' })
  const listed = () => cadre.client.marketplace.version('fetched', '1.0.0')
  await expect.poll(async () => (await listed()).state, WAIT).toBe('approved')
  const path = '/api/v1/marketplace/fetched/versions/1.0.0/artefact'
  const answer = await cadre.request(path, { redirect: 'manual' })
  expect(answer.status).toBe(302)
  expect(answer.headers.get('etag')).toBe(`"${binary_sha256}"`)
  const address = new URL(answer.headers.get('location') ?? '')
  expect(address.origin).toBe(s3.endpoint)
  expect(address.searchParams.get('X-Amz-Expires')).toBe('300')
  const content = new Uint8Array(await (await fetch(address)).arrayBuffer())
  expect(Buffer.from(content).equals(Buffer.from(ECHO))).toBe(true)
})

test('Redis is flushed under waiting tasks → all are offered, long before redelivery', async () => {
  const agent = await registerRemote(cadre.client, 'flushed')
  const tasks = await createTasks(agent.id, 20)
  await expect.poll(admittedCount, WAIT).toBe(20)
  await redis.flush()
  const stream = await listen(agent)
  await expect.poll(() => [...stream.offered()].toSorted(), WAIT).toEqual(tasks.toSorted())
  await stream.close()
})

test('Redis stops and starts → tasks are taken meanwhile, and offered afterwards', async () => {
  const agent = await registerRemote(cadre.client, 'stopped')
  const stream = await listen(agent)
  await redis.crash()
  await expect.poll(healthOf, WAIT).toEqual({ status: 503, broker: 'unhealthy', redis: 'degraded' })
  const tasks = await createTasks(agent.id, 20)
  await redis.start()
  await expect.poll(() => [...stream.offered()].toSorted(), WAIT).toEqual(tasks.toSorted())
  await expect.poll(healthOf, WAIT).toMatchObject({ broker: 'healthy', redis: 'healthy' })
  await stream.close()
})
