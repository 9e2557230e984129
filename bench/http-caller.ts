import { Agent, request } from 'node:http'

/** A lean client for load: kept-alive connections, parsed answers, no retries. */
export interface Caller {
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
  close(): void
}

export const createCaller = (options: {
  url: string
  key: string
  connectionsMax: number
}): Caller => {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax })
  const { hostname, port } = new URL(options.url)
  return {
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const call = request(
          {
            agent,
            hostname,
            port,
            method,
            path: `/api/v1${path}`,
            headers: {
              authorization: `Bearer ${options.key}`,
              ...(text === undefined
                ? {}
                : {
                    'content-type': 'application/json',
                    'content-length': Buffer.byteLength(text),
                  }),
            },
          },
          (answer) => {
            const chunks: Buffer[] = []
            answer.on('data', (chunk: Buffer) => chunks.push(chunk))
            answer.once('error', reject)
            answer.once('end', () => {
              const said = Buffer.concat(chunks).toString()
              if ((answer.statusCode ?? 500) >= 400)
                reject(new Error(`${method} ${path}: ${answer.statusCode} ${said}`))
              else resolve((said === '' ? undefined : JSON.parse(said)) as never)
            })
          },
        )
        call.once('error', reject)
        call.end(text)
      }),
    close: () => agent.destroy(),
  }
}
