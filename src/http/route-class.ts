/** What a request costs us and whom it serves; each class has a limit of its own. */
export type RouteClass = 'read' | 'write' | 'work' | 'stream'

const WORK =
  /^\/(?:tasks\/[^/]+\/(?:status|heartbeat|progress|report-failure|cancel)|agents\/[^/]+\/(?:calls|instances\/[^/]+)|runs\/[^/]+\/cancel)$/
const STREAM = /^\/(?:events|agents\/[^/]+\/stream)$/
const PREFIX = /^\/api(?:\/v1)?(?=\/)/

const HOOK = /^\/hooks\/([^/]+)$/

/** The token of a webhook's address, where a request goes to one. */
export const hookTokenOf = (method: string, path: string): string | null =>
  method === 'POST' ? (HOOK.exec(path.replace(PREFIX, ''))?.[1] ?? null) : null

/** Reports of agents and cancellations are work: they end load, so nothing else may hold them up. */
export const routeClassOf = (method: string, path: string): RouteClass => {
  const route = path.replace(PREFIX, '')
  const isReading = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  if (isReading) return STREAM.test(route) ? 'stream' : 'read'
  return WORK.test(route) ? 'work' : 'write'
}
