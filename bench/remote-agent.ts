import { startConsuming } from '@cadre/sdk'

// A remote agent that does nothing, in a process of its own. It tells its parent when it is
// connected, and at the end when each of its tasks started.

const [url = '', key = '', agentId = '', concurrency = '1'] = process.argv.slice(2)
const startedAt: [taskId: string, atMs: number][] = []

const consumer = startConsuming(
  async (task) => {
    startedAt.push([task.id, performance.timeOrigin + performance.now()])
    return null
  },
  {
    url,
    key,
    agentId,
    concurrency: Number(concurrency),
    onEvent: ({ type }) => {
      if (type === 'connected') process.send?.('connected')
    },
  },
)
process.on('message', async () => {
  await consumer.stop()
  // A message of this size is still on its way when the channel would close.
  await new Promise((resolve) => process.send?.(startedAt, resolve))
  process.disconnect()
})
