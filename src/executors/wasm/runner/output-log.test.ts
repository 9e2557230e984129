import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputLog, type OutputStream } from './output-log.ts'

const stream = fc.constantFrom<OutputStream>('stdout', 'stderr')
const writes = fc.array(fc.tuple(stream, fc.uint8Array({ maxLength: 20 })))

test('any writes → each stream reads as the prefix of its own bytes that fitted, never more', () => {
  fc.assert(
    fc.property(writes, fc.integer({ min: 0, max: 100 }), (sequence, capacity) => {
      const log = OutputLog.ofCapacity(capacity)
      const wanted = { stdout: [] as number[], stderr: [] as number[] }
      for (const [name, bytes] of sequence) {
        const part = bytes.subarray(0, log.freeBytes)
        expect(log.append(name, bytes)).toBe(part.length === bytes.length)
        wanted[name].push(...part)
      }
      // A second view on the same memory, as the runner has beside the worker.
      const other = new OutputLog(log.shared)
      expect([...other.read('stdout')]).toEqual(wanted.stdout)
      expect([...other.read('stderr')]).toEqual(wanted.stderr)
      expect(other.freeBytes).toBe(capacity - wanted.stdout.length - wanted.stderr.length)
    }),
  )
})
