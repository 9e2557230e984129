import type { PeerFigures } from './workloads.ts'

/** Prints a Markdown table; ratios say how many times the first row does of what a row does. */
export const showTable = (rows: readonly PeerFigures[]): void => {
  const [first] = rows
  const heads = [
    '',
    'acknowledged means',
    'jobs/s one by one',
    'ratio',
    'request to start at 200/s, p50 / p99 / p99.9 ms',
    'jobs/s from a batch',
    'ratio',
    'memory of server, worker: before → most, MiB',
    'jobs/s under kills',
    'lost / started again',
  ]
  const lines = rows.map((row) => [
    row.peer.name,
    row.peer.promise,
    rounded(row.perSecond),
    ratio(first?.perSecond, row.perSecond),
    [row.latencyMs.p50, row.latencyMs.p99, row.latencyMs.p999].map(tenth).join(' / '),
    rounded(row.drainPerSecond),
    ratio(first?.drainPerSecond, row.drainPerSecond),
    [row.memory.serverMiB, row.memory.workerMiB]
      .map((pair) => (pair === null ? '–' : pair.join(' → ')))
      .join(', '),
    rounded(row.kills.perSecond),
    `${row.kills.lost} / ${row.kills.again} of ${row.kills.created}`,
  ])
  for (const line of [heads, heads.map(() => '---'), ...lines])
    console.log(`| ${line.join(' | ')} |`)
}

const rounded = (value: number): string => Math.round(value).toLocaleString('en')
const tenth = (value: number): string => value.toFixed(1)
const ratio = (ours: number | undefined, theirs: number): string =>
  ours === undefined ? '' : `${(ours / theirs).toFixed(1)}×`
