import { Worker } from 'node:worker_threads'
import { expect } from 'vitest'

interface Measurements {
  /** How long each of the others' requests took. */
  waitsMs: number[]
  /** How late the machine woke the probe itself: what other programs take from everybody. */
  latesMs: number[]
}

/** Watches how others are served while something hostile goes on. */
export interface ServiceWatch {
  /** Lets others ask until the function it answers is called, which prints how long they waited. */
  begin(name: string): Promise<() => Promise<void>>
  /** The same around `work`. */
  during(name: string, work: () => Promise<void>): Promise<void>
  /** Asserts, of all that went on, that the others hardly noticed. */
  judge(): void
}

/** Fewer measurements say nothing of a 95th percentile: it would be the slowest of them. */
const COUNT_MIN = 50
const P95_MAX_MS = 100
/** A busy machine may hold a single request up; a server that blocks is held up for longer. */
const WORST_MAX_MS = 1_000
/** A request changes hands so often on its way: client, server, database thread, and back. */
const HANDS = 8

/**
 * The others ask for `paths` in turn, over a connection of their own and from a thread of their
 * own, so that what the test does meanwhile is not mistaken for a slow server.
 */
export const watchService = (
  cadre: { url: string; key: string },
  paths: readonly string[],
): ServiceWatch => {
  const all: Measurements = { waitsMs: [], latesMs: [] }
  const begin = async (name: string) => {
    const stop = await startProbe(
      paths.map((path) => cadre.url + path),
      `Bearer ${cadre.key}`,
    )
    return async () => {
      const measured = await stop()
      console.log(`others during ${name}: ${described(measured)}`)
      all.waitsMs.push(...measured.waitsMs)
      all.latesMs.push(...measured.latesMs)
    }
  }
  return {
    begin,
    during: async (name, work) => {
      const end = await begin(name)
      await work().finally(end)
    },
    judge: () => {
      console.log(`others during all of it: ${described(all)}`)
      const elsewhereMs = HANDS * quantile(all.latesMs, 0.95)
      expect(all.waitsMs.length).toBeGreaterThan(COUNT_MIN)
      expect(quantile(all.waitsMs, 0.95)).toBeLessThan(P95_MAX_MS + elsewhereMs)
      expect(quantile(all.waitsMs, 1)).toBeLessThan(WORST_MAX_MS + elsewhereMs)
    },
  }
}

/** Rejects at its end when one of the others was not answered with 200. */
const startProbe = async (urls: readonly string[], authorization: string) => {
  const worker = new Worker(new URL('./latency-probe-thread.ts', import.meta.url), {
    workerData: { urls, authorization },
  })
  const started = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<Measurements>()
  worker.on('message', (message: Measurements | 'started') => {
    if (message === 'started') started.resolve()
    else ended.resolve(message)
  })
  worker.once('error', (error) => {
    started.reject(error)
    ended.reject(error)
  })
  ended.promise.catch(() => {})
  await started.promise
  return (): Promise<Measurements> => {
    worker.postMessage('stop')
    return ended.promise
  }
}

const quantile = (values: readonly number[], fraction: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0
}

const described = ({ waitsMs, latesMs }: Measurements): string => {
  const ms = (fraction: number) => quantile(waitsMs, fraction).toFixed(1)
  const late = quantile(latesMs, 0.95).toFixed(1)
  return `${waitsMs.length} requests, p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms, slowest ${ms(1)} ms (the machine itself ${late} ms late)`
}
