import { Worker } from 'node:worker_threads'
import { expect } from 'vitest'

/** How long other callers waited while something hostile went on. */
export interface Latencies {
  count: number
  p50: number
  p95: number
  max: number
  /** How late the machine woke the probe itself: what other programs take from everybody. */
  lateP95: number
}

export interface LatencyProbe {
  /** Ends the probe; rejects when a probing request was not answered with 200. */
  stop(): Promise<Latencies>
}

/**
 * Asks for these addresses in turn, over a connection of its own and from a thread of its own,
 * so that what the test does meanwhile is not mistaken for a slow server.
 */
export const probeLatency = async (
  urls: readonly string[],
  authorization: string,
): Promise<LatencyProbe> => {
  const worker = new Worker(new URL('./latency-probe-thread.ts', import.meta.url), {
    workerData: { urls, authorization },
  })
  const ended = new Promise<Latencies>((resolve, reject) => {
    worker.on('message', (message: Latencies | 'started') => {
      if (message !== 'started') resolve(message)
    })
    worker.once('error', reject)
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  return {
    stop: async () => {
      worker.postMessage('stop')
      return ended
    },
  }
}

/** Fewer measurements say nothing of a 95th percentile: it would be the slowest of them. */
const COUNT_MIN = 20
const P95_MAX_MS = 100
/** A busy machine may hold a single request up; a server that blocks is held up for longer. */
const WORST_MAX_MS = 1_000
/** A request changes hands so often on its way: client, server, database thread, and back. */
const HANDS = 8

/** Runs `work` while others ask for these addresses, and asserts that they hardly noticed. */
export const whileOthersAreServed = async (
  cadre: { url: string; key: string },
  paths: readonly string[],
  work: { name: string; run: () => Promise<void> },
): Promise<void> => {
  const urls = paths.map((path) => cadre.url + path)
  const probe = await probeLatency(urls, `Bearer ${cadre.key}`)
  try {
    await work.run()
  } finally {
    judge(work.name, await probe.stop())
  }
}

export const judge = (name: string, latencies: Latencies): void => {
  console.log(`others during ${name}, in ms: ${JSON.stringify(latencies)}`)
  const elsewhereMs = HANDS * latencies.lateP95
  if (latencies.count >= COUNT_MIN) expect(latencies.p95).toBeLessThan(P95_MAX_MS + elsewhereMs)
  expect(latencies.max).toBeLessThan(WORST_MAX_MS + elsewhereMs)
}
