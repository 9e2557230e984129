import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const PAUSE_MS = 4
const { urls, authorization } = workerData as { urls: string[]; authorization: string }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const waitsMs: number[] = []
const latesMs: number[] = []
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
    const resting = performance.now()
    await pause(PAUSE_MS)
    latesMs.push(performance.now() - resting - PAUSE_MS)
  }
agent.destroy()
parentPort?.postMessage({ waitsMs, latesMs })
