import { createHash } from 'node:crypto'
import type { Inspection, InspectModule } from './module-inspector.ts'

const ENTRIES_MAX = 64

/**
 * Inspects equal bytes once, however many publish them at the same time: what a module is follows
 * from its bytes. Failures to inspect are not remembered.
 */
export const rememberInspections = (inspect: InspectModule): InspectModule => {
  const known = new Map<string, Promise<Inspection>>()
  return (bytes) => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    const found = known.get(digest)
    if (found !== undefined) return found
    const inspection = inspect(bytes)
    known.set(digest, inspection)
    inspection.catch(() => known.delete(digest))
    const [oldest] = known.keys()
    if (known.size > ENTRIES_MAX && oldest !== undefined) known.delete(oldest)
    return inspection
  }
}
