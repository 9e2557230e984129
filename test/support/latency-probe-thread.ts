import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const PAUSE_MS = 4
const { urls, authorization } = workerData as { urls: string[]; authorization: string }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const waitsMs: number[] = []
let isStopped = false

const ask = (url: string) =>
  new Promise<void>((resolve, reject) => {
    get(url, { agent, headers: { authorization } }, (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`The probe of ${url} was answered with ${response.statusCode}`)),
      )
    }).once('error', reject)
  })

parentPort?.once('message', () => (isStopped = true))
// The first request opens the connection and does not count.
for (const url of urls) await ask(url)
parentPort?.postMessage('started')
while (!isStopped)
  for (const url of urls) {
    const begin = performance.now()
    await ask(url)
    waitsMs.push(performance.now() - begin)
    await pause(PAUSE_MS)
  }
agent.destroy()
const sorted = waitsMs.toSorted((a, b) => a - b)
const quantile = (fraction: number) =>
  Math.round(
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0) * 10,
  ) / 10
parentPort?.postMessage({
  count: sorted.length,
  p50: quantile(0.5),
  p95: quantile(0.95),
  max: quantile(1),
})
