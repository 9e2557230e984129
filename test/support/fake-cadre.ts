import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AGENT_ID, answerOf, newAgent, newTask, type FakeTask } from './fake-routes.ts'

export interface FakeRequest {
  method: string
  /** Below `/api/v1`, without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  text: string
  /** The JSON body; empty where there is none. */
  body: Record<string, unknown>
}

export type Intercept = (request: FakeRequest, response: ServerResponse) => boolean | void

/**
 * Speaks just enough of Cadre's HTTP API to bring about what a healthy server does not do on
 * demand: lost answers, dead connections, refusals, hostile names. The suites against the real
 * server say whether the clients agree with Cadre.
 */
export class FakeCadre implements AsyncDisposable {
  readonly key = 'cadre_fake'
  readonly requests: FakeRequest[] = []
  readonly tasks = new Map<string, FakeTask>()
  agents = [newAgent('echo')]
  /** Looks at each request first; true when it has dealt with it. */
  intercept: Intercept = () => false
  /** True: the request has its effect, and its answer gets lost. */
  losesAnswer: (request: FakeRequest) => boolean = () => false
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #streams = new Set<ServerResponse>()
  readonly #watchers = new Set<() => void>()
  #eventCount = 0

  static async start(): Promise<FakeCadre> {
    const fake = new FakeCadre()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Fulfils when no client has a stream open. */
  async streamless(): Promise<void> {
    await Promise.all([...this.#streams].map((stream) => once(stream, 'close')))
  }

  addTask(fields: Partial<FakeTask> = {}): FakeTask {
    const task = { ...newTask(), ...fields }
    this.tasks.set(task.id, task)
    return task
  }

  /** Offers a task to whoever listens; a new one unless given. */
  offer(task: FakeTask = this.addTask()): FakeTask {
    this.send('task', {
      task_id: task.id,
      priority: task.priority,
      traceparent: null,
      claim_seconds: 10,
    })
    return task
  }

  /** Tells everybody of a change, as the event stream does. */
  emit(type: string, data: Record<string, unknown>): void {
    const id = String((this.#eventCount += 1))
    const at = new Date(0).toISOString()
    this.send(type, { id, type, subject_id: data['task_id'] ?? '', at, data }, id)
  }

  send(type: string, data: unknown, id?: string): void {
    const head = id === undefined ? '' : `id: ${id}\n`
    for (const stream of this.#streams) {
      stream.write(`${head}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  }

  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy()
    this.#streams.clear()
  }

  /** Fulfils with the `count`-th request that matches, past or to come. */
  seen(matches: (request: FakeRequest) => boolean, count = 1): Promise<FakeRequest> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.requests.filter(matches)[count - 1]
        if (!found) return
        this.#watchers.delete(look)
        resolve(found)
      }
      this.#watchers.add(look)
      look()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropStreams()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(incoming)
    this.requests.push(request)
    const isHandled = this.intercept(request, response)
    if (!isHandled) this.#answer(request, response)
    for (const look of this.#watchers) look()
  }

  #answer(request: FakeRequest, response: ServerResponse): void {
    const isAnonymous = request.path === '/health'
    if (!isAnonymous && request.headers.authorization !== `Bearer ${this.key}`) {
      return refuse(response, 401, 'auth.required', 'This needs a valid key.')
    }
    if (request.path === '/events' || request.path.endsWith('/stream'))
      return this.#openStream(response)
    const answer = answerOf(request, this)
    if (this.losesAnswer(request)) return void response.destroy()
    reply(response, answer.status, answer.body)
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': open\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }
}

export const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void => reply(response, status, { error: { code, message, request_id: 'request-1' } })

const read = async (incoming: IncomingMessage): Promise<FakeRequest> => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('latin1')
  const url = new URL(incoming.url ?? '/', 'http://fake')
  const isJson = incoming.headers['content-type'] === 'application/json'
  return {
    method: incoming.method ?? '',
    path: url.pathname.replace('/api/v1', ''),
    query: url.searchParams,
    headers: incoming.headers,
    text,
    body: isJson ? JSON.parse(Buffer.concat(chunks).toString()) : {},
  }
}

export { AGENT_ID, type FakeTask }
