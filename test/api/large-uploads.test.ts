import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentForm } from '../support/agent-forms.ts'
import { largeModule } from '../support/large-module.ts'
import { openRaw } from '../support/raw-http.ts'
import { startS3, type S3Server } from '../support/services/s3-server.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

const MEBIBYTE = 1_048_576
const LARGE = 50 * MEBIBYTE
/** Of buffers that are free already; a server that holds such files whole exceeds it. */
const GROWTH_MAX = 100 * MEBIBYTE
/** The S3 server of the tests takes seconds for each. */
const STORES = [
  ['directory', { inRow: 2, atOnce: 3 }],
  ['S3 server', { inRow: 1, atOnce: 2 }],
] as const

describe.each(STORES)('large uploads: %s', (store, counts) => {
  let s3: S3Server
  let cadre: CadreProcess
  let sequence = 0
  beforeAll(async () => {
    s3 = await startS3()
    const bucket = {
      CADRE_S3_ENDPOINT: s3.endpoint,
      CADRE_S3_BUCKET: s3.bucket,
      CADRE_S3_ACCESS_KEY: s3.accessKey,
      CADRE_S3_SECRET_KEY: s3.secretKey,
    }
    cadre = await startCadreProcess(store === 'directory' ? {} : bucket)
    // Brings in what every upload uses.
    for (let round = 0; round < 3; round++) expect(await upload(1 * MEBIBYTE)).toBe(201)
  })
  afterAll(async () => {
    await cadre.stop()
    await s3.stop()
  })

  const upload = async (bytes = LARGE): Promise<number> => {
    const form = agentForm({ name: `large-${sequence++}` }, largeModule(bytes))
    const answer = await cadre.request('/api/v1/agents', { method: 'POST', body: form })
    await answer.arrayBuffer()
    return answer.status
  }
  const leftovers = async () => [
    ...(await readdir(join(cadre.dataDirectory, 'blobs', 'incoming'))),
    ...(await readdir(join(cadre.dataDirectory, 'blobs', 'uploads')).catch(() => [])),
    ...(await s3.openUploads()),
  ]
  const memory = async (line: 'VmRSS' | 'VmHWM') => {
    const status = await readFile(`/proc/${cadre.processId}/status`, 'utf8')
    return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024
  }
  /** How far the server's memory grew at its peak. */
  const growthDuring = async (work: () => Promise<void>) => {
    const before = await memory('VmRSS')
    await writeFile(`/proc/${cadre.processId}/clear_refs`, '5')
    await work()
    const peak = await memory('VmHWM')
    const after = await memory('VmRSS')
    const text = [before, peak, after].map((bytes) => `${Math.round(bytes / MEBIBYTE)} MiB`)
    process.stdout.write(`${store}: before, at peak, after: ${text.join(', ')}\n`)
    return peak - before
  }

  test('50 MiB, one after the other and all at once → published, memory flat, nothing left', async () => {
    const inRow = await growthDuring(async () => {
      for (let round = 0; round < counts.inRow; round++) expect(await upload()).toBe(201)
    })
    expect(inRow).toBeLessThan(GROWTH_MAX)
    const atOnce = await growthDuring(async () => {
      const uploads = Array.from({ length: counts.atOnce }, () => upload())
      expect(new Set(await Promise.all(uploads))).toEqual(new Set([201]))
    })
    expect(atOnce).toBeLessThan(GROWTH_MAX)
    expect(await leftovers()).toEqual([])
  }, 60_000)

  test('cut anywhere → no file, no upload in the bucket, no agent', async () => {
    const module = largeModule(17 * MEBIBYTE)
    const name = 'cut'
    const part = (disposition: string) =>
      `--edge\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n`
    const body = Buffer.concat([
      Buffer.from(`${part('name="name"')}${name}\r\n${part('name="binary"; filename="a"')}`),
      module,
      Buffer.from('\r\n--edge--\r\n'),
    ])
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: body.length - 1 }), async (length) => {
        const raw = await openRaw(cadre.url)
        await raw.send(
          `POST /api/v1/agents HTTP/1.1\r\nhost: cadre\r\nauthorization: Bearer ${cadre.key}\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: ${body.length}\r\n\r\n`,
        )
        await raw.send(body.subarray(0, length))
        raw.cut()
        await expect.poll(leftovers, { timeout: 10_000, interval: 10 }).toEqual([])
      }),
      { numRuns: 12, examples: [[body.length - 1], [0], [200]] },
    )
    await expect(cadre.client.agents.get(name)).rejects.toMatchObject({ status: 404 })
    expect(cadre.log()).not.toMatch(/"status":500|http\.request_failed/)
  }, 30_000)
})
