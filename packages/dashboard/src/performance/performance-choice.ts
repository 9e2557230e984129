/** How far back, in hours or days. */
export const PERIODS = {
  '24h': { label: '24 h', hours: 24, by: 'hour' },
  '7d': { label: '7 d', hours: 7 * 24, by: 'day' },
  '30d': { label: '30 d', hours: 30 * 24, by: 'day' },
  '90d': { label: '90 d', hours: 90 * 24, by: 'day' },
} as const
export type Period = keyof typeof PERIODS
export const PERIOD_DEFAULT: Period = '7d'

/** What of a workflow's performance is shown. */
export interface PerformanceChoice {
  period?: Period
  /** Left out: all versions together. */
  version?: string
  /** What is compared with the base; left out: the version, or else the greatest. */
  compared?: string
  base?: string
}

const text = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value.slice(0, 64) : undefined

/** Reads any address; what it does not know is left out. */
export const readPerformanceChoice = (
  search: Readonly<Record<string, unknown>>,
): PerformanceChoice => {
  const period = (Object.keys(PERIODS) as Period[]).find((known) => known === search['period'])
  const version = text(search['version'])
  const compared = text(search['compared'])
  const base = text(search['base'])
  return {
    ...(period !== undefined && { period }),
    ...(version !== undefined && { version }),
    ...(compared !== undefined && { compared }),
    ...(base !== undefined && { base }),
  }
}
