import { openStartsLog } from '../starts-log.mjs'

// A worker of one peer in a process of its own: worker.mjs PEER ADDRESS PACKAGES LOG CONCURRENCY.
// It tells its parent when it is ready, and stops in order when told to.

const [, , peer, address, packages, log, concurrency] = process.argv
const starts = openStartsLog(log)
const { work } = await import(`./${peer}.mjs`)
const worker = await work({
  address: JSON.parse(address),
  packages,
  concurrency: Number(concurrency),
  onStart: starts.note,
})
process.on('message', async () => {
  await worker.stop()
  process.disconnect()
})
process.send('ready')
