import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'

/**
 * Runs PGlite away from the server's event loop. Each message is one piece of PostgreSQL's wire
 * protocol; each answer is what the backend says to it, in the same order.
 */
const port = parentPort
if (port === null) throw new Error('This file runs as a worker thread only.')

const { directory } = workerData as { directory: string }
const database = await PGlite.create(directory, { extensions: { pg_trgm } })

let previous: Promise<void> = Promise.resolve()
port.on('message', (message: Uint8Array | 'close') => {
  previous = previous.then(async () => {
    if (message === 'close') {
      await database.close()
      port.close()
      return
    }
    const answer = await database.execProtocolRaw(message)
    port.postMessage(answer)
  })
})
port.postMessage('ready')
