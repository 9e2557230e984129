/** The management API of a RabbitMQ, as far as tests need it. */
export type RabbitMqManagement = ReturnType<typeof createRabbitMqManagement>

const ANSWER_MS_MAX = 5_000

/** @param address with credentials, such as `http://cadre:cadre@127.0.0.1:15672` */
export const createRabbitMqManagement = (address: string) => {
  const { origin, username, password } = new URL(address)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${origin}/api/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`RabbitMQ's management: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    version: async () => {
      const overview = (await call('GET', 'overview')) as { rabbitmq_version: string }
      return overview.rabbitmq_version
    },
    createVhost: async (name: string) => {
      await call('PUT', `vhosts/${name}`, {})
      const all = { configure: '.*', write: '.*', read: '.*' }
      await call('PUT', `permissions/${name}/${username}`, all)
    },
    deleteVhost: (name: string) => call('DELETE', `vhosts/${name}`),
    queues: async (vhost: string) =>
      (await call('GET', `queues/${vhost}`)) as { name: string; consumers: number }[],
    deleteQueue: (vhost: string, queue: string) => call('DELETE', `queues/${vhost}/${queue}`),
    /** Cuts every connection to a vhost; answers how many there were. */
    cutConnections: async (vhost: string) => {
      const connections = (await call('GET', `vhosts/${vhost}/connections`)) as { name: string }[]
      for (const { name } of connections)
        await call('DELETE', `connections/${encodeURIComponent(name)}`)
      return connections.length
    },
  }
}
