import { startConsuming } from '../../packages/sdk/src/index.ts'

// An agent in a process of its own: it tells its parent what it holds, and finishes when it is told to.

const finish = Promise.withResolvers<string>()
const consumer = startConsuming(
  ({ id }) => {
    process.send?.({ holds: id })
    return finish.promise
  },
  {
    url: process.env['AGENT_URL'] ?? '',
    key: process.env['AGENT_KEY'] ?? '',
    leaseSeconds: 600,
    processName: process.env['AGENT_PROCESS'] ?? '',
  },
)
process.on('message', (order) => {
  if (order === 'stop') void consumer.stop().then(() => process.disconnect())
  else finish.resolve('by the one that was to stop')
})
