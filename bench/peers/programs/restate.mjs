import { createServer } from 'node:http2'
import { Pool } from 'undici'
import { load } from './packages.mjs'

// Restate: its server, and a service endpoint that it calls. Jobs are one-way calls, each
// acknowledged once it is durable. There is no call for many.

export const connect = async ({ address }) => {
  const pool = new Pool(address.ingress, { connections: 64 })
  const createOne = async (job) => {
    const answer = await pool.request({
      method: 'POST',
      path: '/noop/handle/send',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(job),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`Restate: ${answer.statusCode} ${text}`)
  }
  return {
    createOne,
    createMany: async (jobs) => void (await Promise.all(jobs.map(createOne))),
    close: () => pool.close(),
  }
}

export const work = async ({ address, packages, onStart }) => {
  const restate = await load(packages, '@restatedev/restate-sdk')
  const noop = restate.service({
    name: 'noop',
    handlers: { handle: async (_context, job) => onStart(job) },
  })
  const server = createServer(restate.createEndpointHandler({ services: [noop] }))
  await listening(server, address.endpointPort)
  const answer = await fetch(`${address.admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${address.endpointPort}`, force: true }),
  })
  if (!answer.ok) throw new Error(`Restate: ${answer.status} ${await answer.text()}`)
  return {
    stop: async () => {
      server.close()
    },
  }
}

const listening = (server, port) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
