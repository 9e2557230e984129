import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createRouter } from '#platform/web/router.ts'
import { jsonBodies } from './json-body.ts'

const answerTo = (incoming: PassThrough) => {
  const app = createRouter()
  app.onError((error, context) => context.text(error.message, 400))
  app.use(jsonBodies({ bytesMax: 1_000, depthMax: 10, valuesMax: 100 }))
  app.post('/', async (context) => context.json((await context.req.json()) as object))
  const headers = { 'content-type': 'application/json', 'content-length': '13' }
  const request = new Request('http://cadre/', { method: 'POST', headers })
  return app.fetch(request, { incoming: Object.assign(incoming, { headers }) } as never)
}

test('body arrives → parsed', async () => {
  const incoming = new PassThrough()
  incoming.end('{"whole":true}')
  expect(await (await answerTo(incoming)).json()).toEqual({ whole: true })
})

test('connection cut before anybody read → refused, not waited for', async () => {
  const incoming = new PassThrough()
  incoming.write('{"whole":')
  incoming.destroy()
  await once(incoming, 'close')
  const answer = await answerTo(incoming)
  expect([answer.status, await answer.text()]).toEqual([400, 'The body ended early.'])
})
