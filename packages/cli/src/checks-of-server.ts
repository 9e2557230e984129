import { connect } from 'node:net'
import type { Health } from '@cadre/contract'
import type { Check } from './check.ts'
import { explain } from './failures.ts'
import type { Session } from './session.ts'
import { duration } from './wording.ts'

const CONNECT_TIMEOUT_MS = 3_000
const CLOCK_SKEW_MS_WARN = 5_000
const CLOCK_SKEW_MS_FAIL = 300_000

/** Who answers at the address, how it does, whether it knows the key and what time it has. */
export const checkServer = async (session: Session): Promise<Check[]> => {
  const { url } = session.connection
  if (!(await isPortOpen(url))) return [noServer(url)]
  try {
    const askedAt = Date.now()
    const response = await session.client.send('GET', '/health')
    const answeredAt = Date.now()
    const health = (await response.json()) as Health
    return [
      { name: 'server', status: 'ok', detail: `Cadre ${health.version} answers at ${url}` },
      ...componentChecks(health),
      await checkKey(session),
      checkClock(response.headers.get('date'), askedAt, answeredAt),
    ]
  } catch (error) {
    return [stranger(url, explain(error, session.connection).message)]
  }
}

const noServer = (url: string): Check => ({
  name: 'server',
  status: 'fail',
  detail: `nothing answers at ${url}, so the port is free for a server`,
  mend: 'Start Cadre with `npm start`, or name its address with --url or CADRE_URL.',
})

const stranger = (url: string, why: string): Check => ({
  name: 'server',
  status: 'fail',
  detail: `something at ${url} does not speak as Cadre: ${why}`,
  mend: 'If another program has the port, set CADRE_PORT for Cadre to a free one.',
})

const isPortOpen = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port, protocol } = new URL(url)
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      timeout: CONNECT_TIMEOUT_MS,
    })
    const answer = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.on('connect', () => answer(true))
    socket.on('timeout', () => answer(false))
    socket.on('error', () => answer(false))
  })

const COMPONENT_STATUS = { healthy: 'ok', degraded: 'warn', unhealthy: 'fail' } as const

const componentChecks = (health: Health): Check[] =>
  Object.entries(health.components).map(([name, { status, detail, latency_ms }]) => ({
    name,
    status: COMPONENT_STATUS[status] ?? 'warn',
    detail: `${detail} (${duration(latency_ms)})`,
    mend: status === 'healthy' ? undefined : 'See the log of the server for the cause.',
  }))

const checkKey = async ({ client, connection }: Session): Promise<Check> => {
  const name = 'key'
  if (connection.key === undefined) {
    const mend = 'Give one with --key or CADRE_KEY, or run this where Cadre was started.'
    return { name, status: 'fail', detail: 'there is none', mend }
  }
  try {
    const identity = await client.session.whoAmI()
    const detail = `${identity.name} (${identity.role}), by ${connection.keySource}`
    return { name, status: 'ok', detail }
  } catch (error) {
    return { name, status: 'fail', detail: explain(error, connection).message }
  }
}

/** Compared with the middle of the request; the header has whole seconds only. */
const checkClock = (date: string | null, askedAt: number, answeredAt: number): Check => {
  const name = 'clock'
  if (date === null) return { name, status: 'warn', detail: 'the server does not tell its time' }
  const skewMs = Math.abs(Date.parse(date) + 500 - (askedAt + answeredAt) / 2)
  if (skewMs < CLOCK_SKEW_MS_WARN) return { name, status: 'ok', detail: 'agrees with the server' }
  return {
    name,
    status: skewMs < CLOCK_SKEW_MS_FAIL ? 'warn' : 'fail',
    detail: `differs from the server by ${duration(skewMs)}`,
    mend: 'Let both machines set their clocks by NTP.',
  }
}
