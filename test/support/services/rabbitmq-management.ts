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
  /** What a user may do with which names of a vhost. */
  const permit = async (vhost: string, user: string, names: string): Promise<void> => {
    const permissions = { configure: names, write: names, read: names }
    await call('PUT', `permissions/${vhost}/${user}`, permissions)
  }
  return {
    version: async () => {
      const overview = (await call('GET', 'overview')) as { rabbitmq_version: string }
      return overview.rabbitmq_version
    },
    createVhost: async (name: string) => {
      await call('PUT', `vhosts/${name}`, {})
      await permit(name, username, '.*')
    },
    permit,
    createUser: (name: string, secret: string) =>
      call('PUT', `users/${name}`, { password: secret, tags: '' }),
    deleteUser: (name: string) => call('DELETE', `users/${name}`),
    deleteVhost: (name: string) => call('DELETE', `vhosts/${name}`),
    /** Null when there is none. */
    queue: async (vhost: string, queue: string) => {
      const totals = '?disable_stats=true&enable_queue_totals=true'
      const all = (await call('GET', `queues/${vhost}${totals}`)) as {
        name: string
        messages?: number
      }[]
      return all.find(({ name }) => name === queue) ?? null
    },
    deleteQueue: (vhost: string, queue: string) => call('DELETE', `queues/${vhost}/${queue}`),
  }
}
