import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreatedWebhook, CreateWebhook, WebhookReceipt } from '@cadre/contract'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  for (const version of ['1.0.0', '1.1.0'])
    await cadre.client.workflows.publish({ source: source(version) })
})
afterAll(() => cadre.stop())

const source = (version: string) => `
name: order
version: ${version}
trigger: { schema: { type: object, required: [order], properties: { order: { type: string } } } }
steps: { wait: { signal: paid } }
`

let names = 0
const create = (fields: Partial<CreateWebhook> = {}, workflow = 'order') =>
  cadre.client.webhooks.create(workflow, { name: `shop-${(names += 1)}`, ...fields })

/** As the sender, who has no key. */
const send = (
  { path }: Pick<CreatedWebhook, 'path'>,
  body: unknown = { order: '17' },
  headers: Record<string, string> = {},
) =>
  fetch(cadre.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const receiptOf = async (response: Response) => (await response.json()) as WebhookReceipt
const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code]
}

describe('receiving', () => {
  test('a message → a run of the latest version with the body as its context', async () => {
    const response = await send(await create())
    expect(response.status).toBe(202)
    const { run_id: id, is_replay } = await receiptOf(response)
    const run = await cadre.client.runs.get(id)
    expect(is_replay).toBe(false)
    expect(run).toMatchObject({
      trigger: 'webhook',
      workflow_version: '1.1.0',
      context: { order: '17' },
      created_by_name: expect.stringMatching(/^webhook shop-/),
    })
  })

  test('a pinned version and a mapping → that version, and the context that was made', async () => {
    const webhook = await create({ context: { order: '${trigger.data.id}' } }, 'order@1.0.0')
    const { run_id: id } = await receiptOf(await send(webhook, { data: { id: 'o-5' } }))
    const run = await cadre.client.runs.get(id)
    expect([run.workflow_version, run.context]).toEqual(['1.0.0', { order: 'o-5' }])
  })

  test.each(['idempotency-key', 'webhook-id', 'x-github-delivery'])(
    'the same delivery 20 times at once by %s → one run',
    async (header) => {
      const webhook = await create()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => send(webhook, { order: '1' }, { [header]: 'd1' })),
      )
      const receipts = await Promise.all(answers.map(receiptOf))
      expect(new Set(receipts.map(({ run_id: id }) => id)).size).toBe(1)
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
      const other = await receiptOf(await send(webhook, { order: '1' }, { [header]: 'd2' }))
      expect(other.is_replay).toBe(false)
    },
  )

  test('the same delivery name at two webhooks → two runs', async () => {
    const header = { 'idempotency-key': 'same' }
    const [first, second] = [await create(), await create()]
    const one = await receiptOf(await send(first, undefined, header))
    const two = await receiptOf(await send(second, undefined, header))
    expect(two.run_id).not.toBe(one.run_id)
  })

  test('the same delivery name with another body → 409', async () => {
    const webhook = await create()
    await send(webhook, { order: '1' }, { 'idempotency-key': 'k' })
    const response = await send(webhook, { order: '2' }, { 'idempotency-key': 'k' })
    expect(await codeOf(response)).toEqual([409, 'run.idempotency_mismatch'])
  })

  test.each([
    ['a body that its schema refuses', { total: 1 }, {}, [422, 'request.invalid']],
    ['no JSON', '{order', {}, [400, 'request.malformed']],
    [
      'a form',
      'order=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      [415, 'request.unsupported_media'],
    ],
    ['too large', { order: 'x'.repeat(1_100_000) }, {}, [413, 'request.too_large']],
  ])('%s → refused, no run', async (_, body, headers, refusal) => {
    const webhook = await create()
    expect(await codeOf(await send(webhook, body, headers))).toEqual(refusal)
  })

  test('a mapping that finds nothing in the body → 422 that says so', async () => {
    const webhook = await create({ context: { order: '${trigger.data.id}' } })
    expect(await codeOf(await send(webhook, { data: {} }))).toEqual([422, 'request.invalid'])
  })

  test('a wrong token, one that is no token, a deleted webhook → 404; a disabled one → 409', async () => {
    const webhook = await create()
    const wrong = webhook.path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (const path of [wrong, '/api/v1/hooks/x', `/api/v1/hooks/${webhook.webhook.id}`])
      expect(await codeOf(await send({ path }))).toEqual([404, 'webhook.not_found'])

    await cadre.client.webhooks.change(webhook.webhook.name, { is_enabled: false })
    expect(await codeOf(await send(webhook))).toEqual([409, 'webhook.disabled'])
    await cadre.client.webhooks.change(webhook.webhook.id, { is_enabled: true })
    expect((await send(webhook)).status).toBe(202)
    await cadre.client.webhooks.remove(webhook.webhook.id)
    expect(await codeOf(await send(webhook))).toEqual([404, 'webhook.not_found'])
  })
})

describe('signatures', () => {
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text)
  const BODY = '{"order":"17"}'

  test('standard: signed with the secret that was answered → taken; sent again → the same run', async () => {
    const webhook = await create({ signature: { scheme: 'standard' } })
    const key = Buffer.from((webhook.signing_secret ?? '').replace('whsec_', ''), 'base64')
    const time = String(Math.floor(Date.now() / 1_000))
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': time,
      'webhook-signature': `v1,${mac(key, `msg_1.${time}.${BODY}`).digest('base64')}`,
    }
    const first = await send(webhook, BODY, headers)
    // A header that nobody signed must not make a second run out of a message that was overheard.
    const replayed = await send(webhook, BODY, { ...headers, 'idempotency-key': 'another' })
    expect([first.status, replayed.status]).toEqual([202, 200])
    expect((await receiptOf(replayed)).run_id).toBe((await receiptOf(first)).run_id)
    const forged = await send(webhook, '{"order":"18"}', headers)
    expect(await codeOf(forged)).toEqual([401, 'webhook.signature_refused'])
    expect(await codeOf(await send(webhook, BODY))).toEqual([401, 'webhook.signature_refused'])
  })

  test('github: signed with the secret that the sender gave, umlauts in the body → taken', async () => {
    const secret = 'a secret of the sender'
    const webhook = await create({ signature: { scheme: 'github', secret } })
    const body = '{ "order": "süß ☃" }'
    const headers = { 'x-hub-signature-256': `sha256=${mac(secret, body).digest('hex')}` }
    expect((await send(webhook, body, headers)).status).toBe(202)
    expect((await send(webhook, `${body} `, headers)).status).toBe(401)
  })

  test('stripe: an old message → 401', async () => {
    const webhook = await create({ signature: { scheme: 'stripe', tolerance_seconds: 60 } })
    const signed = (time: number) => ({
      'stripe-signature': `t=${time},v1=${mac(webhook.signing_secret ?? '', `${time}.${BODY}`).digest('hex')}`,
    })
    const now = Math.floor(Date.now() / 1_000)
    expect((await send(webhook, BODY, signed(now))).status).toBe(202)
    expect((await send(webhook, BODY, signed(now - 100))).status).toBe(401)
  })

  test('the secrets are answered once and never again', async () => {
    const created = await create({
      signature: { scheme: 'github', secret: 'a secret of the sender' },
    })
    const listed = JSON.stringify(await cadre.client.webhooks.list({ limit: 100 }))
    expect(listed).toContain(created.webhook.id)
    expect(listed).not.toMatch(/hook_|secret of the sender/)
  })
})

describe('managing', () => {
  test.each([
    ['no such workflow', {}, 'gone', 404, 'workflow.not_found'],
    ['a mapping that cannot be read', { context: '${trigger.' }, 'order', 422, 'request.invalid'],
    [
      'a mapping that reads a step',
      { context: '${steps.a.result}' },
      'order',
      422,
      'request.invalid',
    ],
    [
      'a secret that is no base64',
      { signature: { scheme: 'standard', secret: 'not base64 at all!' } } as const,
      'order',
      422,
      'request.invalid',
    ],
    ['a name in use', { name: 'taken' }, 'order', 409, 'webhook.name_taken'],
  ])('%s → refused', async (_, fields, workflow, status, code) => {
    if ('name' in fields) await create(fields)
    await expect(create(fields, workflow)).rejects.toMatchObject({ status, code })
  })

  test('listed by workflow → those of any of its versions, page by page, and no others', async () => {
    const source = 'name: order-2\nversion: 1.0.0\nsteps: { wait: { signal: paid } }\n'
    const { id } = await cadre.client.workflows.publish({ source })
    const made: string[] = []
    for (const workflow of ['order-2', 'order-2@1.0.0', id, 'order'])
      made.unshift((await create({}, workflow)).webhook.id)
    const [, byId, pinned, latest] = made
    const list = (query: object) =>
      cadre.client.webhooks.list({ workflow: 'order-2', limit: 2, ...query })
    const first = await list({})
    const second = await list({ cursor: first.next_cursor })
    expect([...first.items, ...second.items].map((webhook) => webhook.id)).toEqual([
      byId,
      pinned,
      latest,
    ])
    expect(first.items[0]?.workflow).toBe('order-2@1.0.0')
    expect(second.next_cursor).toBeNull()
    for (const workflow of ["order-2' or true --", '%', 'order-', 'order-2@1.0.0'])
      expect((await list({ workflow })).items).toEqual([])
    await expect(list({ workflow: '' })).rejects.toMatchObject({
      status: 422,
      details: [{ field: 'workflow' }],
    })
  })

  test('created, disabled and deleted → events that name who did it', async () => {
    const stream = await openEventStream(`${cadre.url}/api/v1/events`, {
      authorization: `Bearer ${cadre.key}`,
      accept: 'text/event-stream',
    })
    const { webhook } = await create()
    await cadre.client.webhooks.change(webhook.id, { is_enabled: false })
    await cadre.client.webhooks.remove(webhook.id)
    const isOf = ({ data }: { data: string }) => data.includes(webhook.id)
    await stream.waitFor((message) => message.event === 'webhook.deleted' && isOf(message))
    const told = stream.messages.filter(isOf)
    expect(told.map(({ event }) => event)).toEqual([
      'webhook.created',
      'webhook.changed',
      'webhook.deleted',
    ])
    for (const { data } of told) expect(data).toContain('"actor_name":"administrator"')
    await stream.close()
  })

  test('what is gone cannot be changed or deleted → 404', async () => {
    const { webhook } = await create()
    await cadre.client.webhooks.remove(webhook.name)
    const gone = { status: 404, code: 'webhook.not_found' }
    await expect(cadre.client.webhooks.remove(webhook.id)).rejects.toMatchObject(gone)
    const change = cadre.client.webhooks.change(webhook.name, { is_enabled: true })
    await expect(change).rejects.toMatchObject(gone)
  })
})
