import { createHash } from 'node:crypto'
import type { FailureCategory } from '@cadre/contract'

const TEXT_LENGTH_MAX = 500

/**
 * Groups failures that look alike: what differs from one to the next (ids, numbers, quoted text,
 * addresses) is left out of the comparison.
 * @returns 16 hexadecimal characters
 */
export const fingerprintOf = (category: FailureCategory, error: string): string => {
  const likeness = error
    .slice(0, TEXT_LENGTH_MAX)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '<id>')
    .replaceAll(/0x[0-9a-f]+|[0-9a-f]{16,}/gi, '<hex>')
    .replaceAll(/"[^"]*"|'[^']*'/g, '<text>')
    .replaceAll(/\d+/g, '<n>')
    .replaceAll(/\s+/g, ' ')
  return createHash('sha256').update(`${category}\n${likeness}`).digest('hex').slice(0, 16)
}
