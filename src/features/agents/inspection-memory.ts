import type { Inspection, InspectModule } from './module-inspector.ts'

const ENTRIES_MAX = 64

/**
 * Inspects equal bytes once, however many publish them at the same time: what a module is follows
 * from its bytes. Failures to inspect are not remembered.
 */
export const rememberInspections = (inspect: InspectModule): InspectModule => {
  const known = new Map<string, Promise<Inspection>>()
  return (module) => {
    const { sha256 } = module
    const found = known.get(sha256)
    if (found !== undefined) return found
    const inspection = inspect(module)
    known.set(sha256, inspection)
    inspection.catch(() => known.delete(sha256))
    const [oldest] = known.keys()
    if (known.size > ENTRIES_MAX && oldest !== undefined) known.delete(oldest)
    return inspection
  }
}
