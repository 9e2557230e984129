import { createServer } from 'node:http2'
import { Pool } from 'undici'
import { load } from '../../peers/programs/packages.mjs'

// Restate: runs are one-way calls of a handler, each acknowledged once it is durable; each step is
// a journalled action within the handler (`ctx.run`).

export const serve = async ({ address, packages, onStep, chainSteps, width }) => {
  const restate = await load(packages, '@restatedev/restate-sdk')
  const step = (context, name) => context.run(name, () => void onStep())
  const workflows = restate.service({
    name: 'workflows',
    handlers: {
      chain: async (context) => {
        for (let at = 0; at < chainSteps; at++) await step(context, `s${at}`)
      },
      wide: async (context) => {
        await step(context, 'first')
        await restate.RestatePromise.all(
          Array.from({ length: width }, (_, at) => step(context, `each-${at}`)),
        )
        await step(context, 'last')
      },
    },
  })
  const server = createServer(restate.createEndpointHandler({ services: [workflows] }))
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.endpointPort, '127.0.0.1', resolve)
  })
  const answer = await fetch(`${address.admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${address.endpointPort}`, force: true }),
  })
  if (!answer.ok) throw new Error(`Restate: ${answer.status} ${await answer.text()}`)
  const pool = new Pool(address.ingress, { connections: 64 })
  return {
    start: async (kind) => {
      const sent = await pool.request({ method: 'POST', path: `/workflows/${kind}/send` })
      const text = await sent.body.text()
      if (sent.statusCode >= 300) throw new Error(`Restate: ${sent.statusCode} ${text}`)
    },
    stop: async () => {
      await pool.close()
      server.close()
    },
  }
}
