import { afterAll, describe, expect, test } from 'vitest'
import { WorkerPool } from './worker-pool.ts'
import { readWorkerSource } from './worker-source.ts'

const taken = new Set<{ terminate(): Promise<number> }>()
const pool = new WorkerPool({
  source: readWorkerSource(new URL('./worker.ts', import.meta.url)),
  spareCount: 2,
  executionsPerWorker: 3,
  onBroken: (error) => {
    throw error
  },
})
const take = async (owner: string) => {
  const worker = await pool.take(owner)
  taken.add(worker)
  return worker
}
afterAll(async () => {
  await Promise.all([...taken].map((worker) => worker.terminate()))
})

describe('worker pool', () => {
  test('a worker given back serves its own owner again, never another one', async () => {
    const first = await take('tenant-1/agent-1')
    pool.giveBack(first, 'tenant-1/agent-1')
    const others = [
      await take('tenant-1/agent-2'),
      await take('tenant-2/agent-1'),
      await take('tenant-2/agent-2'),
    ]
    expect(others).not.toContain(first)
    expect(await take('tenant-1/agent-1')).toBe(first)
  })

  test('after its executions a worker may not serve again', async () => {
    const worker = await take('tired')
    for (let execution = 1; execution < 3; execution++) {
      expect(pool.mayServeAgain(worker)).toBe(true)
      pool.giveBack(worker, 'tired')
      expect(await take('tired')).toBe(worker)
    }
    expect(pool.mayServeAgain(worker)).toBe(false)
  })

  test('more idle workers than spares: the longest idle one ends', async () => {
    const oldest = await take('a')
    const ended = new Promise((resolve) => oldest.once('exit', resolve))
    const [second, third] = [await take('b'), await take('c')]
    pool.giveBack(oldest, 'a')
    pool.giveBack(second, 'b')
    pool.giveBack(third, 'c')
    await ended
    expect(await take('a')).not.toBe(oldest)
  })
})
