import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { PeerAddress } from './peer.ts'

export interface PeerWorker {
  pid: number
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface WorkerPlan {
  program: string
  address: PeerAddress
  packages: string
  /** File that notes the starts of jobs. */
  log: string
  concurrency: number
}

const PROGRAM = join(import.meta.dirname, 'programs', 'worker.mjs')

/** Starts a worker in a process of its own; resolves when it takes jobs. */
export const startPeerWorker = async (plan: WorkerPlan): Promise<PeerWorker> => {
  const { program, address, packages, log, concurrency } = plan
  const child = fork(PROGRAM, [program, JSON.stringify(address), packages, log, `${concurrency}`], {
    // A line for every job would be measured as well.
    env: { ...process.env, RESTATE_LOGGING: 'ERROR' },
  })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error(`The worker of ${program} ended early.`))),
  ])
  if (child.pid === undefined) throw new Error('Broken invariant: a running worker has a pid')
  return {
    pid: child.pid,
    stop: async () => {
      child.send('stop')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(timer)
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
