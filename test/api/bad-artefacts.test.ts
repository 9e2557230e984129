import { CadreError, type Client, type PublishItem } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm } from '../support/agent-forms.ts'
import { BAD_MODULES } from '../support/bad-artefacts/bad-modules.ts'
import { BAD_PROGRAMS } from '../support/bad-artefacts/bad-programs.ts'
import { BAD_PUBLICATIONS } from '../support/bad-artefacts/bad-publications.ts'
import { name, program, starting } from '../support/bad-artefacts/module-bytes.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// What must not get in, and why it does not: refused when it is uploaded, when it is offered, or by
// admission. Each entry holds its code and its reason.

const OTHER_KEY = 'key-of-another-publisher'

let cadre: RunningCadre
let other: Client
beforeAll(async () => {
  cadre = await startCadre(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_EXECUTION_SECONDS: '1',
    },
    { principals: [{ tenant: 'others', role: 'admin', key: OTHER_KEY }] },
  )
  other = cadre.clientOf(OTHER_KEY)
  await publishWasm(cadre.client, 'well-known-tool', ECHO)
  await cadre.client.marketplace.publish(item('well-known-tool'))
})
afterAll(async () => {
  await cadre.stop()
})

const item = (called: string, fields: Partial<PublishItem> = {}): PublishItem => ({
  item_type: 'agent',
  name: called,
  version: '1.0.0',
  ...fields,
})
const refusalOf = async (asked: Promise<unknown>) => {
  const refusal = await asked.then(
    () => new Error('It was taken.'),
    (error: unknown) => error,
  )
  if (!(refusal instanceof CadreError)) throw refusal
  return refusal
}
const decided = async (called: string, client: Client = cadre.client) => {
  for (;;) {
    const found = await client.marketplace.version(called, '1.0.0')
    if (found.state !== 'checking') return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('the corpus → large enough, and no two entries of one title', () => {
  const all = [...BAD_MODULES, ...BAD_PROGRAMS, ...BAD_PUBLICATIONS].map(({ title }) => title)
  expect(all.length).toBeGreaterThan(150)
  expect(new Set(all).size).toBe(all.length)
})

describe('uploads', () => {
  test('the program that the others are made of → taken', async () => {
    expect(await publishWasm(cadre.client, 'sound', program())).toMatchObject({ name: 'sound' })
  })

  test.each(BAD_MODULES)('$title → 422 $code', async ({ bytes, code, says }) => {
    const refusal = await refusalOf(publishWasm(cadre.client, 'refused', bytes))
    expect({ status: refusal.status, code: refusal.code }).toEqual({ status: 422, code })
    expect(refusal.message).toContain(says)
    expect(refusal.details).toMatchObject([{ field: 'binary', message: refusal.message }])
  })

  test('nothing of them is left → no agent', async () => {
    await expect(cadre.client.agents.get('refused')).rejects.toMatchObject({ status: 404 })
  })
})

describe('offers', () => {
  const defaults = { input_schema: { type: 'string' }, output_schema: { type: 'string' } }

  test.each(BAD_PUBLICATIONS)('$title → $status $code', async (entry) => {
    const { fields, status, code, field, says } = entry
    const given = item('never-offered', { ...defaults, ...fields } as Partial<PublishItem>)
    const refusal = await refusalOf(other.marketplace.publish(given))
    expect({ status: refusal.status, code: refusal.code }).toEqual({ status, code })
    expect(refusal.details.map((detail) => detail.field)).toContain(field)
    expect(`${refusal.message} ${JSON.stringify(refusal.details)}`).toContain(says)
  })

  test('nothing of them is left → the name is free', async () => {
    await publishWasm(other, 'never-offered', ECHO)
    await other.marketplace.publish(item('never-offered'))
    expect(await decided('never-offered', other)).toMatchObject({ state: 'approved' })
  })
})

describe('admission', () => {
  const nameOf = (place: number) => `bad-program-number-${place}`
  beforeAll(async () => {
    await Promise.all(
      BAD_PROGRAMS.map(async ({ bytes, fields }, place) => {
        await publishWasm(cadre.client, nameOf(place), bytes)
        await cadre.client.marketplace.publish(item(nameOf(place), fields))
      }),
    )
  })

  test.each(BAD_PROGRAMS.map((entry, place) => ({ ...entry, place })))(
    '$title → rejected, $check',
    async ({ place, check, says }) => {
      const { state, state_reason, findings } = await decided(nameOf(place))
      expect({ state, state_reason }).toEqual({
        state: 'rejected',
        state_reason: expect.stringContaining(says) as unknown,
      })
      expect(findings).toContainEqual({ check, verdict: 'rejected', message: state_reason })
      await expect(other.marketplace.get(nameOf(place))).rejects.toMatchObject({ status: 404 })
    },
  )

  test('no such agent, or more asked for than before → held, with what to do', async () => {
    await cadre.client.marketplace.publish(item('not-there-yet'))
    expect(await decided('not-there-yet')).toMatchObject({
      state: 'held',
      state_reason: expect.stringContaining('Publish it with POST /agents') as unknown,
    })
  })
})

describe('what is strange and does no harm', () => {
  test('scripts in Markdown → kept as text, and answered as JSON', async () => {
    const readme =
      '<script>alert(1)</script>\n[x](javascript:alert(1))\n<img src=x onerror=alert(1)>'
    await publishWasm(cadre.client, 'marked-up', ECHO)
    await cadre.client.marketplace.publish(item('marked-up', { readme, description: readme }))
    expect(await decided('marked-up')).toMatchObject({ state: 'approved', readme })
    const response = await cadre.request('/api/v1/marketplace/marked-up')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('a page of HTML in a custom section, ten thousand nested blocks, a slow pattern → taken', async () => {
    const page = [...name('page'), ...Buffer.from('<script>alert(1)</script>')]
    const blocks = Array.from({ length: 10_000 }, () => [0x02, 0x40]).flat()
    const nested = starting([0, ...blocks, ...blocks.slice(10_000).fill(0x0b), 0x0b])
    for (const [place, bytes] of [program({ custom: page }), nested].entries()) {
      const called = `strange-yet-sound-${place}`
      await publishWasm(cadre.client, called, bytes)
      const examples = [{ title: 'One', input: 'a'.repeat(5_000) }]
      const input_schema = { type: 'string', pattern: '^(a+)+$' }
      await cadre.client.marketplace.publish(item(called, { examples, input_schema }))
      expect(await decided(called)).toMatchObject({ state: 'approved' })
    }
  })
})
