import type { Health, HealthStatus } from '@cadre/contract'
import { EXIT_FAILED } from '../failures.ts'
import type { Action } from '../session.ts'
import { formatTable } from '../table.ts'
import type { Style } from '../terminal.ts'
import { duration } from '../wording.ts'

/** `cadre health`: exit code 1 when the server calls itself unhealthy. */
export const showHealth: Action = async ({ client, connection, terminal }) => {
  const health = await client.health()
  if (terminal.isJson) terminal.document(health)
  else {
    const status = terminal.paint(STYLES[health.status], health.status)
    const uptime = duration(health.uptime_seconds * 1000)
    terminal.line(`Cadre ${health.version} at ${connection.url} is ${status}, up for ${uptime}.`)
    for (const line of componentLines(health, terminal)) terminal.line(line)
  }
  return health.status === 'unhealthy' ? EXIT_FAILED : 0
}

const STYLES: Record<HealthStatus, Style> = {
  healthy: 'green',
  degraded: 'yellow',
  unhealthy: 'red',
}

const componentLines = (health: Health, terminal: Parameters<Action>[0]['terminal']): string[] =>
  formatTable(
    Object.entries(health.components),
    [
      { title: 'COMPONENT', value: ([name]) => name },
      {
        title: 'STATUS',
        value: ([, { status }]) => status,
        paint: (cell, [, { status }]) => terminal.paint(STYLES[status] ?? 'white', cell),
      },
      { title: 'ANSWERED', value: ([, part]) => duration(part.latency_ms), isRight: true },
      { title: 'DETAIL', value: ([, { detail }]) => detail, isFlexible: true },
    ],
    { width: terminal.columns, paintTitle: (title) => terminal.paint('dim', title) },
  )
