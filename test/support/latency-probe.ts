import { Worker } from 'node:worker_threads'

/** How long other callers waited while something hostile went on. */
export interface Latencies {
  count: number
  p50: number
  p95: number
  max: number
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
