import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody, PublishedAgent } from '@cadre/contract'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { wat } from '../../src/executors/wasm/testing/wat.ts'
import { agentForm } from '../support/agent-forms.ts'
import { watchService, type ServiceWatch } from '../support/latency-probe.ts'
import { openRaw } from '../support/raw-http.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

let cadre: CadreProcess
let others: ServiceWatch
let endWatch: () => Promise<void>
let sequence = 0
const MEBIBYTE = 1_048_576
const LIMIT = 8 * MEBIBYTE

beforeAll(async () => {
  cadre = await startCadreProcess({
    CADRE_BINARY_BYTES_MAX: String(LIMIT),
    CADRE_LOG_LEVEL: 'info',
  })
  await cadre.client.agents.register({ name: 'witness', runtime: 'remote' })
  const { id } = await cadre.client.tasks.create({ agent_id: 'witness' })
  others = watchService(cadre, ['/health/live', `/api/v1/tasks/${id}`])
  endWatch = await others.begin('all uploads')
})
afterAll(async () => {
  await endWatch()
  await cadre.stop()
  others.judge()
})
afterEach(async () => {
  // Nothing hostile may leave anything behind.
  expect(await readdir(join(cadre.dataDirectory, 'blobs', 'incoming'))).toEqual([])
  expect((await storedNames()).toSorted()).toEqual((await publishedDigests()).toSorted())
  expect(cadre.log()).not.toMatch(/"status":500|http\.request_failed/)
})

const storedNames = async () => {
  const entries = await readdir(join(cadre.dataDirectory, 'blobs'), {
    recursive: true,
    withFileTypes: true,
  })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}
const publishedDigests = async () => {
  const { items } = await cadre.client.agents.list({ limit: 100, runtime: 'wasm' })
  return [...new Set(items.map((agent) => agent.binary_sha256 ?? ''))]
}
/** Whether or not anybody was left to hear the answer. */
const uploadsAnswered = () =>
  cadre
    .log()
    .split('\n')
    .filter((line) => line.includes('"event":"http.request"') && line.includes('"method":"POST"'))
    .length
const freshName = () => `upload-${sequence++}`
const upload = async (form: FormData) => {
  const response = await cadre.request('/api/v1/agents', { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as PublishedAgent & ErrorBody }
}
const part = (disposition: string, content: string | Uint8Array, more = '') =>
  Buffer.concat([
    Buffer.from(`--edge\r\ncontent-disposition: form-data; ${disposition}\r\n${more}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
const END = Buffer.from('--edge--\r\n')
const sendForm = async (parts: Uint8Array[], type = 'multipart/form-data; boundary=edge') => {
  const response = await cadre.request('/api/v1/agents', {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(Buffer.concat(parts)),
  })
  return { status: response.status, body: (await response.json()) as PublishedAgent & ErrorBody }
}
const residentBytes = async () => {
  const status = await readFile(`/proc/${cadre.processId}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024
}

describe('size', () => {
  test('file over the limit → 413, memory flat', async () => {
    const before = await residentBytes()
    for (let round = 0; round < 5; round++) {
      const { status, body } = await upload(
        agentForm({ name: freshName() }, new Uint8Array(LIMIT + 1)),
      )
      expect([status, body.error.code]).toEqual([413, expect.stringMatching(/too_large$/)])
    }
    expect((await residentBytes()) - before).toBeLessThan(120 * MEBIBYTE)
  })

  test('500 MB by its length → 413 before it is read', async () => {
    const raw = await openRaw(cadre.url)
    await raw.send(
      `POST /api/v1/agents HTTP/1.1\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: ${500 * MEBIBYTE}\r\n\r\n`,
    )
    expect(await raw.status()).toBe(413)
    raw.cut()
  })

  test.each<[string, Buffer]>([
    ['the file', part('name="binary"; filename="a.wasm"', '')],
    ['a file of another name', part('name="other"; filename="a.wasm"', '')],
    ['what comes before the first part', Buffer.from('')],
    ['a field', part('name="description"', '')],
    ['the headers of a part', Buffer.from('--edge\r\nx-long: ')],
  ])('endless chunked upload in %s → refused within bounds', async (_case, start) => {
    const raw = await openRaw(cadre.url)
    await raw.send(
      `POST /api/v1/agents HTTP/1.1\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: multipart/form-data; boundary=edge\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    const opening = start.subarray(0, Math.max(0, start.length - 2))
    if (opening.length > 0)
      await raw.send(
        Buffer.concat([
          Buffer.from(`${opening.length.toString(16)}\r\n`),
          opening,
          Buffer.from('\r\n'),
        ]),
      )
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    let sent = 0
    while (!raw.socket.destroyed && raw.received() === '' && sent < 3_000) {
      await raw.send(chunk)
      sent++
    }
    expect(await raw.status()).toBeLessThan(500)
    expect(sent * 65_536).toBeLessThan(LIMIT + 64 * MEBIBYTE)
    raw.cut()
  })
})

describe('truncation', () => {
  test('socket cut at 60 places → no file, no row', async () => {
    const name = freshName()
    const body = Buffer.concat([
      part(`name="name"`, name),
      part(
        'name="binary"; filename="a.wasm"',
        Buffer.concat([Buffer.from(ECHO), Buffer.alloc(200_000)]),
      ),
      END,
    ])
    const before = uploadsAnswered()
    for (let round = 0; round < 60; round++) {
      const raw = await openRaw(cadre.url)
      const length = Math.floor((body.length * round) / 60)
      await raw.send(
        `POST /api/v1/agents HTTP/1.1\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: ${body.length}\r\n\r\n`,
      )
      await raw.send(body.subarray(0, length))
      raw.cut()
    }
    // A directory that is empty says nothing of uploads that the server has yet to begin with.
    await expect.poll(() => uploadsAnswered() - before, { timeout: 10_000 }).toBe(60)
    expect(await readdir(join(cadre.dataDirectory, 'blobs', 'incoming'))).toEqual([])
    await expect(cadre.client.agents.get(name)).rejects.toMatchObject({ status: 404 })
  })

  test.each<[string, Uint8Array[]]>([
    ['no end', [part('name="name"', 'x'), part('name="binary"; filename="a"', ECHO)]],
    [
      'an end in the middle of the file',
      [part('name="name"', 'x'), part('name="binary"; filename="a"', ECHO).subarray(0, 150)],
    ],
    ['only a name', [part('name="name"', 'x'), END]],
    ['nothing', []],
    ['only an end', [END]],
    ['no boundary inside', [Buffer.from('hello')]],
    ['another boundary', [Buffer.from('--other\r\n\r\n\r\n--other--')]],
    ['a part without a name', [part('filename="a"', ECHO), END]],
    [
      'a file of another name',
      [part('name="name"', 'x'), part('name="program"; filename="a"', ECHO), END],
    ],
    [
      'two binaries',
      [
        part('name="name"', 'x'),
        part('name="binary"; filename="a"', ECHO),
        part('name="binary"; filename="b"', ECHO),
        END,
      ],
    ],
    [
      'a binary that is a text field',
      [part('name="name"', 'x'), part('name="binary"', 'text'), END],
    ],
    [
      'a field twice',
      [
        part('name="name"', 'one'),
        part('name="name"', 'two'),
        part('name="binary"; filename="a"', ECHO),
        END,
      ],
    ],
    [
      'a field of 100 KB',
      [
        part('name="name"', 'x'),
        part('name="description"', 'd'.repeat(100_000)),
        part('name="binary"; filename="a"', ECHO),
        END,
      ],
    ],
    [
      'a field name of 100 KB',
      [part(`name="${'n'.repeat(100_000)}"`, 'x'), part('name="binary"; filename="a"', ECHO), END],
    ],
    [
      '1,000 fields',
      [
        ...Array.from({ length: 1_000 }, (_, index) => part(`name="f${index}"`, 'x')),
        part('name="binary"; filename="a"', ECHO),
        END,
      ],
    ],
    [
      'a field that is no UTF-8',
      [
        part('name="name"', 'x'),
        part('name="description"', new Uint8Array([0xff, 0xfe])),
        part('name="binary"; filename="a"', ECHO),
        END,
      ],
    ],
  ])('form with %s → 400 or 422 in the one shape', async (_case, parts) => {
    const { status, body } = await sendForm(parts)
    expect([400, 422]).toContain(status)
    expect(body.error).toMatchObject({ code: expect.any(String), request_id: expect.any(String) })
  })

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'b'.repeat(5_000)}`,
    'multipart/mixed; boundary=edge',
    'multipart/form-data; boundary="a\\"b',
  ])('content-type %s → 4xx', async (type) => {
    const { status } = await sendForm([part('name="name"', 'x'), END], type)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })
})

describe('names', () => {
  test.each([
    '../../../../tmp/evil',
    '..\\..\\evil',
    '/etc/passwd',
    'C:\\evil',
    'a\u0000b',
    '.',
    '..',
    '',
    '%2e%2e%2fevil',
    'n'.repeat(100_000),
    '<script>',
    "'; drop table agents; --",
    '\u202exyz',
  ])('file name %j → ignored, stored under its digest', async (fileName) => {
    const name = freshName()
    const { status, body } = await sendForm([
      part('name="name"', name),
      part(
        `name="binary"; filename="${fileName.replaceAll('\\', '\\\\')}"`,
        exiting(sequence % 100),
      ),
      END,
    ])
    // A name that no header can carry may be refused, but is never followed.
    if (status === 201) expect(JSON.stringify(body)).not.toContain('evil')
    else expect(status).toBe(400)
  })

  test.each(['../../name', '__proto__', 'constructor', 'name[]', 'name.x', '', 'toString'])(
    'field name %j → 422 or 400, harmless',
    async (fieldName) => {
      const { status } = await sendForm([
        part('name="name"', freshName()),
        part(`name="${fieldName}"`, '{"isAdmin":true}'),
        part('name="binary"; filename="a"', ECHO),
        END,
      ])
      expect([400, 422]).toContain(status)
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    },
  )
})

describe('modules', () => {
  /** LEB128. */
  const leb = (value: number): number[] =>
    value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content]
  const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

  test.each<[string, () => Uint8Array]>([
    ['a million types in 6 bytes', () => new Uint8Array([...MAGIC, 1, 5, ...leb(0x0fffffff)])],
    [
      'a memory of 4 GiB',
      () => wat('(module (memory (export "memory") 65536) (func (export "_start")))'),
    ],
    [
      'a table of 4 billion',
      () => new Uint8Array([...MAGIC, ...section(4, [1, 0x70, 0, ...leb(0xffffffff)])]),
    ],
    [
      '50,000 locals in each of 1,000 functions',
      () => {
        const body = [1, ...leb(50_000), 0x7f, 0x0b]
        const bodies = Array.from({ length: 1_000 }, () => [...leb(body.length), ...body]).flat()
        return new Uint8Array([
          ...MAGIC,
          ...section(1, [1, 0x60, 0, 0]),
          ...section(3, [...leb(1_000), ...Array.from({ length: 1_000 }, () => 0)]),
          ...section(10, [...leb(1_000), ...bodies]),
        ])
      },
    ],
    [
      '60,000 nested blocks',
      () => {
        const code = [
          0,
          ...Array.from({ length: 60_000 }, () => [0x02, 0x40]).flat(),
          ...Array.from({ length: 60_000 }, () => 0x0b),
          0x0b,
        ]
        return new Uint8Array([
          ...MAGIC,
          ...section(1, [1, 0x60, 0, 0]),
          ...section(3, [1, 0]),
          ...section(10, [1, ...leb(code.length), ...code]),
        ])
      },
    ],
    [
      '8 MB of zeros behind the magic',
      () => Buffer.concat([Buffer.from(MAGIC), Buffer.alloc(LIMIT - 8)]),
    ],
    [
      '8 MB of small sections',
      () => Buffer.concat([Buffer.from(MAGIC), Buffer.alloc(LIMIT - 8, Buffer.from([0, 1, 0]))]),
    ],
    [
      'a start function',
      () =>
        wat('(module (memory (export "memory") 1) (func $s) (start $s) (func (export "_start")))'),
    ],
  ])('%s → 422 with a reason', async (_case, make) => {
    const { status, body } = await upload(agentForm({ name: freshName() }, make()))
    expect([status, body.error.code]).toEqual([422, expect.stringMatching(/^module\./)])
  })
})

test('a module of 8 MB that is sound → published and downloaded, others served', async () => {
  const custom = Buffer.alloc(LIMIT - ECHO.length - 16, 0x61)
  const size = custom.length
  const lengthBytes = [0, 1, 2, 3].map(
    (place) => ((size >>> (7 * place)) & 0x7f) | (place < 3 ? 0x80 : 0),
  )
  custom.writeUInt8(1, 0)
  const module = Buffer.concat([Buffer.from(ECHO), Buffer.from([0, ...lengthBytes]), custom])
  const { status, body } = await upload(agentForm({ name: freshName() }, module))
  expect(status).toBe(201)
  const binary = await cadre.request(body.binary_url ?? '')
  expect((await binary.arrayBuffer()).byteLength).toBe(module.length)
})
