import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startS3, type S3Server } from '../../../test/support/services/s3-server.ts'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { systemRandom } from '../random.ts'
import { checkBucket, createS3Blobs } from './s3-blobs.ts'
import { bucketAddress, type S3Settings } from './s3-client.ts'

const ids = createIds(systemClock, systemRandom)
const LIMITS = { bytesMax: 100_000_000 }
const life = { clock: systemClock, random: systemRandom }

let server: S3Server
let incomingDirectory: string
let closings: (() => Promise<void>)[] = []
beforeAll(async () => {
  server = await startS3()
})
afterAll(() => server.stop())
beforeEach(async () => {
  incomingDirectory = await mkdtemp(join(tmpdir(), 'cadre-s3-incoming-'))
})
afterEach(async () => {
  for (const close of closings) await close()
  closings = []
  await rm(incomingDirectory, { recursive: true, force: true })
})

const settings = (changes: Partial<S3Settings> = {}): S3Settings => ({
  endpoint: server.endpoint,
  bucket: server.bucket,
  accessKey: server.accessKey,
  secretKey: server.secretKey,
  region: 'us-east-1',
  isPathStyle: true,
  ...changes,
})
const open = (changes: Partial<S3Settings> = {}) =>
  createS3Blobs({ ...settings(changes), ...life, ids, incomingDirectory })

/** Stands before the store and answers the first requests itself. */
const capricious = async (
  tricks: ((request: IncomingMessage, response: ServerResponse) => void)[],
) => {
  const seen: string[] = []
  const proxy = createServer((request, response) => {
    seen.push(request.method ?? '')
    const trick = tricks.shift()
    if (trick !== undefined) return trick(request, response)
    // The signature covers the host, so the store is told the one that was meant.
    void (async () => {
      const body = request.method === 'PUT' ? await request.toArray() : []
      const answer = await fetch(server.endpoint + (request.url ?? ''), {
        method: request.method ?? '',
        headers: await resigned(request),
        ...(request.method === 'PUT' ? { body: Buffer.concat(body) } : {}),
      })
      response.writeHead(answer.status, { etag: answer.headers.get('etag') ?? '' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })()
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  closings.push(async () => {
    proxy.closeAllConnections()
    proxy.close()
    await once(proxy, 'close')
  })
  return { endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen }
}
const resigned = async (request: IncomingMessage) => {
  const sha256 = String(request.headers['x-amz-content-sha256'])
  const signer = new AwsV4Signer({
    method: request.method ?? '',
    url: server.endpoint + (request.url ?? ''),
    service: 's3',
    region: 'us-east-1',
    accessKeyId: server.accessKey,
    secretAccessKey: server.secretKey,
    headers: { 'x-amz-content-sha256': sha256 },
  })
  return (await signer.sign()).headers
}
const answering =
  (status: number, code: string) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`)
const hangingUp = (request: IncomingMessage) => void request.socket.destroy()

test('faults that pass: 503, slow down, a cut connection → tried again, kept whole', async () => {
  const { endpoint, seen } = await capricious([
    answering(503, 'ServiceUnavailable'),
    hangingUp,
    answering(400, 'RequestTimeout'),
  ])
  const blobs = await open({ endpoint })
  const staged = await blobs.stage(Readable.from([Buffer.alloc(3_000_000, 1)]), LIMITS)
  const key = await staged.keep()
  expect(seen).toEqual(['PUT', 'PUT', 'PUT', 'PUT'])
  expect((await blobs.read(key)).length).toBe(3_000_000)
  expect(await readdir(incomingDirectory)).toEqual([])
})

test('download breaks in the middle → read again from the beginning', async () => {
  const blobs = await open()
  const key = await (await blobs.stage(Readable.from([Buffer.alloc(99_999, 1)]), LIMITS)).keep()
  const { endpoint, seen } = await capricious([
    (_request, response) => {
      response.writeHead(200, { 'content-length': '99999' })
      response.write(Buffer.alloc(500), () => response.destroy())
    },
  ])
  const content = await (await open({ endpoint })).read(key)
  expect(Buffer.from(content).equals(Buffer.alloc(99_999, 1))).toBe(true)
  expect(seen).toEqual(['GET', 'GET'])
})

test('store stays away → unavailable after the last try, and the upload can be kept later', async () => {
  const blobs = await open()
  const staged = await blobs.stage(Readable.from([Buffer.from('patient')]), LIMITS)
  await server.crash()
  await expect(staged.keep()).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'blob.store_unavailable',
  })
  await server.start()
  expect(Buffer.from(await blobs.read(await staged.keep())).toString()).toBe('patient')
})

test.each([
  ['unknown key', { accessKey: 'nobody' }, 'InvalidAccessKeyId'],
  ['no such bucket', { bucket: 'elsewhere' }, 'NoSuchBucket'],
])('%s → refused at once with the reason for operators only', async (_, changes, reason) => {
  const blobs = await open(changes)
  const staged = await blobs.stage(Readable.from([Buffer.from('x')]), LIMITS)
  const refusal = { kind: 'internal', code: 'blob.store_refused' }
  const refused = await staged.keep().then(
    () => null,
    (error: unknown) => error as Error & { publicMessage: string },
  )
  expect(refused).toMatchObject(refusal)
  expect(refused?.message).toContain(reason)
  expect(refused?.publicMessage).not.toContain(reason)
  await expect(blobs.read('a'.repeat(64))).rejects.toMatchObject(refusal)
  await expect(checkBucket(settings(changes), life)).rejects.toMatchObject(refusal)
})

test('signature refused → no further try', async () => {
  const { endpoint, seen } = await capricious([answering(403, 'SignatureDoesNotMatch')])
  const blobs = await open({ endpoint })
  await expect(blobs.read('a'.repeat(64))).rejects.toMatchObject({ code: 'blob.store_refused' })
  expect(seen).toEqual(['GET'])
})

test('bucket: there and ours → no objection', async () => {
  await expect(checkBucket(settings(), life)).resolves.toBeUndefined()
})

test.each([
  ['https://s3.example.com', true, 'https://s3.example.com/bucket'],
  ['https://s3.example.com/', false, 'https://bucket.s3.example.com'],
  ['http://10.0.0.1:9000/storage/', true, 'http://10.0.0.1:9000/storage/bucket'],
])('address: %s, in the path %s → %s', (endpoint, isPathStyle, address) => {
  expect(bucketAddress({ endpoint, bucket: 'bucket', isPathStyle })).toBe(address)
})

test('signature: computed anew from what arrived (Signature Version 4) → the same', async () => {
  const requests: IncomingMessage[] = []
  const { endpoint } = await capricious([
    (request, response) => {
      requests.push(request.resume())
      request.on('end', () => response.writeHead(200).end())
    },
  ])
  const staged = await (await open({ endpoint })).stage(Readable.from([Buffer.from('x')]), LIMITS)
  await staged.keep()
  const [request] = requests
  if (request === undefined) throw new Error('nothing arrived')
  expect(request.headers).toMatchObject({
    'content-length': '1',
    'x-amz-content-sha256': staged.sha256,
  })
  expect(signatureIn(request)).toBe(signatureOf(request, server.secretKey))
})

const signatureIn = ({ headers }: IncomingMessage) =>
  /Signature=(\w+)/.exec(String(headers.authorization))?.[1]
const signatureOf = ({ method, url, headers }: IncomingMessage, secret: string): string => {
  const names = /SignedHeaders=([\w;-]+)/.exec(String(headers.authorization))?.[1] ?? ''
  const canonical = [
    method,
    url,
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name])}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n')
  const time = String(headers['x-amz-date'])
  const scope = [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request']
  const key = scope.reduce<string | Buffer>(
    (secretSoFar, part) => createHmac('sha256', secretSoFar).update(part).digest(),
    `AWS4${secret}`,
  )
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')
  return createHmac('sha256', key).update(text).digest('hex')
}
