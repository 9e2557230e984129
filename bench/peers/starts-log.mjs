import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

// Which jobs started when, written by workers and read by the bench. A file rather than messages
// to the parent: what a worker wrote is there even when it is killed the next moment.

const ENTRY_BYTES = 12

/** For a worker: notes that the handler of a job starts. */
export const openStartsLog = (path) => {
  const file = openSync(path, 'a')
  const entry = Buffer.alloc(ENTRY_BYTES)
  return {
    note: (job) => {
      entry.writeUInt32LE(job, 0)
      entry.writeDoubleLE(performance.timeOrigin + performance.now(), 4)
      writeSync(file, entry)
    },
    close: () => closeSync(file),
  }
}

/** For the bench: all starts so far, as pairs of job and time in ms since 1970. */
export const readStarts = (path) => {
  const bytes = readFileSync(path)
  const starts = []
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES)
    starts.push([bytes.readUInt32LE(at), bytes.readDoubleLE(at + 4)])
  return starts
}
