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
/** Nobody needs to wait for the store to recover. */
const HASTE = 20
const life = {
  clock: {
    ...systemClock,
    after: (delayMs: number, action: () => void) => systemClock.after(delayMs / HASTE, action),
  },
  random: systemRandom,
}

let server: S3Server
let directory: string
let faults: unknown[] = []
let closings: (() => Promise<void>)[] = []
beforeAll(async () => {
  server = await startS3()
})
afterAll(() => server.stop())
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cadre-s3-'))
  faults = []
})
afterEach(async () => {
  for (const close of closings) await close()
  closings = []
  await rm(directory, { recursive: true, force: true })
})

const settings = (changes: Partial<S3Settings> = {}): S3Settings => ({
  endpoint: server.endpoint,
  bucket: server.bucket,
  accessKey: server.accessKey,
  secretKey: server.secretKey,
  region: 'us-east-1',
  isPathStyle: true,
  publicEndpoint: server.endpoint,
  ...changes,
})
const open = (changes: Partial<S3Settings> = {}, of = directory) =>
  createS3Blobs({
    ...settings(changes),
    ...life,
    ids,
    incomingDirectory: join(of, 'incoming'),
    notesDirectory: join(of, 'uploads'),
    onFault: (error) => faults.push(error),
  })
/** Nothing of an upload is left on the disk or in the bucket. */
const leftovers = async () => [
  ...(await readdir(join(directory, 'incoming'))),
  ...(await readdir(join(directory, 'uploads')).catch(() => [])),
  ...(await server.openUploads()),
]

type Trick = (request: IncomingMessage, response: ServerResponse) => void

/** Stands before the store and answers the first requests itself. */
const capricious = async (tricks: (Trick | null)[]) => {
  const seen: string[] = []
  const proxy = createServer((request, response) => {
    seen.push(request.method ?? '')
    const trick = tricks.shift()
    if (trick) return trick(request, response)
    void (async () => {
      const answer = await forward(request)
      const length = answer.headers.get('content-length')
      response.writeHead(answer.status, {
        etag: answer.headers.get('etag') ?? '',
        ...(request.method === 'HEAD' && length !== null ? { 'content-length': length } : {}),
      })
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
/** The signature covers the host, so the store is told the one that was meant. */
const forward = async (request: IncomingMessage) => {
  const hasBody = request.method === 'PUT' || request.method === 'POST'
  const body = hasBody ? Buffer.concat(await request.toArray()) : null
  if (body !== null)
    expect(createHash('sha256').update(body).digest('hex')).toBe(
      request.headers['x-amz-content-sha256'],
    )
  return fetch(server.endpoint + (request.url ?? ''), {
    method: request.method ?? '',
    headers: await resigned(request),
    body,
  })
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
const cutAfter =
  (bytes: number): Trick =>
  (request) => {
    let received = 0
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received >= bytes) request.socket.destroy()
    })
  }
const losingTheAnswer: Trick = (request) =>
  void forward(request).then(() => request.socket.destroy())

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
  expect(await leftovers()).toEqual([])
})

const large = () => Readable.from(Array.from({ length: 20 }, (_, n) => Buffer.alloc(1_048_576, n)))

test('large file: cut within parts, 503, a lost answer at the end → kept whole, in parts', async () => {
  const { endpoint, seen } = await capricious([
    null,
    cutAfter(1_000_000),
    cutAfter(1),
    null,
    answering(503, 'SlowDown'),
    null,
    null,
    losingTheAnswer,
  ])
  const staged = await (await open({ endpoint })).stage(large(), LIMITS)
  const key = await staged.keep()
  const parts = ['PUT', 'PUT', 'PUT', 'PUT', 'PUT', 'PUT']
  // The second try to complete finds nothing to complete any more, so the object is looked at.
  expect(seen).toEqual(['POST', ...parts, 'POST', 'POST', 'HEAD'])
  expect(
    createHash('sha256')
      .update(await (await open()).read(key))
      .digest('hex'),
  ).toBe(key)
  expect(await leftovers()).toEqual([])
})

test('large file: a part is refused → said so, the upload is ended, the file can be kept later', async () => {
  const { endpoint, seen } = await capricious([null, null, answering(403, 'AccessDenied')])
  const staged = await (await open({ endpoint })).stage(large(), LIMITS)
  await expect(staged.keep()).rejects.toMatchObject({ code: 'blob.store_refused' })
  expect(seen).toEqual(['POST', 'PUT', 'PUT', 'DELETE'])
  expect(await server.openUploads()).toEqual([])
  const key = await staged.keep()
  expect(
    createHash('sha256')
      .update(await (await open()).read(key))
      .digest('hex'),
  ).toBe(key)
  expect(await leftovers()).toEqual([])
})

test('process ends within a large upload → the next one ends the upload, and nobody else’s', async () => {
  const { endpoint } = await capricious([
    null,
    answering(403, 'AccessDenied'),
    answering(403, 'AccessDenied'),
  ])
  const staged = await (await open({ endpoint })).stage(large(), LIMITS)
  await expect(staged.keep()).rejects.toMatchObject({ code: 'blob.store_refused' })
  expect(await server.openUploads()).toHaveLength(1)
  const elsewhere = await mkdtemp(join(tmpdir(), 'cadre-s3-elsewhere-'))
  await open({}, elsewhere)
  expect(await server.openUploads()).toHaveLength(1)
  await open()
  expect(await leftovers()).toEqual([])
  expect(faults).toEqual([])
  await rm(elsewhere, { recursive: true, force: true })
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

test('address for clients: signed for the public address, expires, and by the longest in an hour', async () => {
  const blobs = await open({ publicEndpoint: 'https://files.example.com' })
  const address = await blobs.address('a'.repeat(64), { expiresSeconds: 1e9, fileName: 'a.wasm' })
  const url = new URL(address ?? '')
  expect(url.origin + url.pathname).toBe(
    `https://files.example.com/${server.bucket}/aa/${'a'.repeat(64)}`,
  )
  expect(url.searchParams.get('X-Amz-Expires')).toBe('3600')
  const signature = url.searchParams.get('X-Amz-Signature')
  url.searchParams.delete('X-Amz-Signature')
  url.searchParams.sort()
  const query = [...url.searchParams]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
  const canonical = ['GET', url.pathname, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD']
  expect(signature).toBe(
    signed(canonical.join('\n'), url.searchParams.get('X-Amz-Date') ?? '', server.secretKey),
  )
  const within = await open({ publicEndpoint: null })
  expect(await within.address('a'.repeat(64), { expiresSeconds: 1, fileName: 'a' })).toBe(null)
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
  return signed(canonical, String(headers['x-amz-date']), secret)
}
const signed = (canonical: string, time: string, secret: string): string => {
  const scope = [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request']
  const key = scope.reduce<string | Buffer>(
    (secretSoFar, part) => createHmac('sha256', secretSoFar).update(part).digest(),
    `AWS4${secret}`,
  )
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')
  return createHmac('sha256', key).update(text).digest('hex')
}
