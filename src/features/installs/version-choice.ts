import { maxSatisfying, prerelease, valid, validRange } from 'semver'
import type { OfferedVersion } from '#features/marketplace/index.ts'
import { invalidField } from '#platform/errors.ts'

/** @throws AppError 422 naming `range` */
export const parseRange = (range: string): string => {
  if (validRange(range) === null)
    throw invalidField('range', 'must be a range of versions such as "^1.2.0", "~1.2" or "1.2.0"')
  return range.trim()
}

/**
 * The version that a range means: the greatest that is not yanked; a yanked one where the range
 * names exactly it. Pre-releases count where the range names one, or nothing else was released.
 */
export const chooseVersion = (
  versions: readonly OfferedVersion[],
  range: string,
): OfferedVersion | null => {
  const exact = valid(range)
  if (exact !== null) return versions.find(({ version }) => version === exact) ?? null
  const offered = versions.filter(({ status }) => status !== 'yanked')
  const includePrerelease = offered.every(({ version }) => prerelease(version) !== null)
  const chosen = maxSatisfying(
    offered.map(({ version }) => version),
    range,
    { includePrerelease },
  )
  return offered.find(({ version }) => version === chosen) ?? null
}
