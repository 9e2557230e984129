import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../figures.ts'
import { startPeerWorker, type PeerWorker } from './peer-worker.ts'
import type { Peer, PeerClient } from './peer.ts'
import { readStarts } from './starts-log.mjs'

export interface Extent {
  /** Jobs created one by one. */
  jobs: number
  latencySeconds: number
  /** Jobs of the batch that is drained. */
  batch: number
  killSeconds: number
}

export const FULL: Extent = { jobs: 10_000, latencySeconds: 10, batch: 100_000, killSeconds: 10 }
export const QUICK: Extent = { jobs: 2_000, latencySeconds: 3, batch: 5_000, killSeconds: 3 }

export interface PeerFigures {
  peer: Peer
  perSecond: number
  latencyMs: { p50: number; p99: number; p999: number }
  drainPerSecond: number
  /** Resident memory while the batch waits and is drained: at its start and at its most. */
  memory: { serverMiB: readonly [number, number] | null; workerMiB: readonly [number, number] }
  kills: { perSecond: number; created: number; lost: number; again: number }
}

const PRODUCERS = 64
const CONCURRENCY = 128
const LATENCY_PER_SECOND = 200
const WARM_UP_JOBS = 1_000
const LOOK_MS = 20
/** For what is still to be reported of the jobs before. */
const CALM_MS = 2_000
/** What has not started after so long is counted as it is. */
const DRAIN_MS_MAX = 60_000
const SETTLE_MS_MAX = 45_000

/** Runs every workload against one peer, on fresh data. */
export const measure = async (
  peer: Peer,
  packages: string,
  extent: Extent,
): Promise<PeerFigures> => {
  const directory = await mkdtemp(join(tmpdir(), 'cadre-peers-'))
  const log = join(directory, 'starts')
  await writeFile(log, '')
  const site = await peer.start()
  const plan = { ...peer, ...site, packages, log, concurrency: CONCURRENCY }
  let workers: PeerWorker[] = []
  try {
    const client = await connect(peer, site.address, packages)
    const bench = { client, log, nextJob: counter() }
    workers = [await startPeerWorker(plan)]
    await oneByOne(bench, WARM_UP_JOBS)
    const perSecond = await oneByOne(bench, extent.jobs)
    await pause(CALM_MS)
    const latencyMs = await latency(bench, extent.latencySeconds)
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await createBatch(bench, extent.batch, peer.bulkMax)
    const serverBefore = memoryOf(site.serverPid)
    workers = [await startPeerWorker(plan)]
    const drained = await drain(bench, extent.batch, [site.serverPid, workers[0]?.pid ?? null])
    await quiet(log)
    if (peer.workersMax === 2) workers.push(await startPeerWorker(plan))
    const kills = await underFire(bench, extent.killSeconds, workers, () => startPeerWorker(plan))
    await client.close()
    const [serverMost, workerMost] = drained.mostMiB
    return {
      peer,
      perSecond,
      latencyMs,
      drainPerSecond: drained.perSecond,
      memory: {
        serverMiB: serverBefore === null ? null : [serverBefore, serverMost ?? serverBefore],
        workerMiB: [drained.workerBeforeMiB, workerMost ?? drained.workerBeforeMiB],
      },
      kills,
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.kill().catch(() => {})))
    await site.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

interface Bench {
  client: PeerClient
  log: string
  nextJob: () => number
}

const counter = () => {
  let last = 0
  return () => ++last
}

const connect = async (peer: Peer, address: object, packages: string): Promise<PeerClient> => {
  const program = (await import(`./programs/${peer.program}.mjs`)) as {
    connect(options: object): Promise<PeerClient>
  }
  return program.connect({ address, packages })
}

/** Each producer creates the next job when its last one is acknowledged. */
const oneByOne = async ({ client, log, nextJob }: Bench, count: number): Promise<number> => {
  const before = startsIn(log)
  const begin = performance.timeOrigin + performance.now()
  let created = 0
  await Promise.all(
    Array.from({ length: PRODUCERS }, async () => {
      while (created++ < count) await client.createOne(nextJob())
    }),
  )
  await untilStarted(log, before + count, DRAIN_MS_MAX)
  return rateSince(log, before, begin)
}

const latency = async ({ client, log, nextJob }: Bench, seconds: number) => {
  const before = startsIn(log)
  const count = seconds * LATENCY_PER_SECOND
  const sentAt = new Map<number, number>()
  const begin = performance.now()
  const calls: Promise<unknown>[] = []
  for (let index = 0; index < count; index++) {
    const dueMs = begin + (index * 1_000) / LATENCY_PER_SECOND
    if (dueMs > performance.now()) await pause(dueMs - performance.now())
    const job = nextJob()
    sentAt.set(job, performance.timeOrigin + performance.now())
    calls.push(client.createOne(job))
  }
  await Promise.all(calls)
  await untilStarted(log, before + count, DRAIN_MS_MAX)
  const waits = readStarts(log)
    .slice(before)
    .flatMap(([job, atMs]) => {
      const sent = sentAt.get(job)
      return sent === undefined ? [] : [atMs - sent]
    })
  return {
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
    p999: percentile(waits, 0.999),
  }
}

const createBatch = async (bench: Bench, count: number, bulkMax: number): Promise<void> => {
  for (let left = count; left > 0; left -= bulkMax)
    await bench.client.createMany(Array.from({ length: Math.min(left, bulkMax) }, bench.nextJob))
}

/** From the moment the worker is ready until the batch has started, or the time is over. */
const drain = async ({ log }: Bench, count: number, pids: readonly (number | null)[]) => {
  const before = startsIn(log)
  const begin = performance.timeOrigin + performance.now()
  const mostMiB = pids.map(memoryOf)
  const workerBeforeMiB = mostMiB[1] ?? 0
  await untilStarted(log, before + count, DRAIN_MS_MAX, () => {
    for (const [index, pid] of pids.entries())
      mostMiB[index] = Math.max(mostMiB[index] ?? 0, memoryOf(pid) ?? 0)
  })
  return { perSecond: rateSince(log, before, begin), mostMiB, workerBeforeMiB }
}

/** Every second one of the workers is killed and replaced, under the load of all producers. */
const underFire = async (
  { client, log, nextJob }: Bench,
  seconds: number,
  workers: PeerWorker[],
  replace: () => Promise<PeerWorker>,
) => {
  const before = startsIn(log)
  const begin = performance.timeOrigin + performance.now()
  let isOver = false
  const jobs: number[] = []
  const producing = Promise.all(
    Array.from({ length: PRODUCERS }, async () => {
      while (!isOver) {
        const job = nextJob()
        await client.createOne(job)
        jobs.push(job)
      }
    }),
  )
  for (let second = 0; second < seconds; second++) {
    await pause(1_000)
    await workers.shift()?.kill()
    workers.push(await replace())
  }
  isOver = true
  await producing
  const wanted = new Set(jobs)
  const started = () =>
    readStarts(log)
      .slice(before)
      .filter(([job]) => wanted.has(job))
  for (const giveUpAt = performance.now() + SETTLE_MS_MAX; performance.now() < giveUpAt;) {
    if (new Set(started().map(([job]) => job)).size === jobs.length) break
    await pause(LOOK_MS * 10)
  }
  const starts = started()
  const distinct = new Set(starts.map(([job]) => job)).size
  const lastMs = Math.max(begin, ...starts.slice(-1).map(([, atMs]) => atMs))
  return {
    perSecond: (distinct / (lastMs - begin)) * 1_000,
    created: jobs.length,
    lost: jobs.length - distinct,
    again: starts.length - distinct,
  }
}

const ENTRY_BYTES = 12
const startsIn = (log: string): number => readStarts(log).length

const untilStarted = async (
  log: string,
  count: number,
  msMax: number,
  onLook: () => void = () => {},
): Promise<void> => {
  const giveUpAt = performance.now() + msMax
  while (performance.now() < giveUpAt) {
    if (readFileSync(log).length / ENTRY_BYTES >= count) return
    onLook()
    await pause(LOOK_MS)
  }
}

/** Waits until nothing starts any more, for peers that did not come to an end. */
const quiet = async (log: string): Promise<void> => {
  for (let before = -1; before !== startsIn(log);) {
    before = startsIn(log)
    await pause(1_000)
  }
}

const rateSince = (log: string, before: number, beginMs: number): number => {
  const starts = readStarts(log).slice(before)
  const lastMs = starts.at(-1)?.[1] ?? Number.NaN
  return (starts.length / (lastMs - beginMs)) * 1_000
}

const memoryOf = (pid: number | null): number | null => {
  if (pid === null) return null
  try {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1_024)
  } catch {
    return null
  }
}
