import { parse } from 'semver'

const NUMBER_LENGTH = 16

/**
 * Text that sorts bytewise as versions sort by precedence (Semantic Versioning 2.0.0, section 11):
 * numbers are padded, a release ends in `~` and so comes behind its pre-releases.
 */
export const versionRank = (version: string): string => {
  const parsed = parse(version)
  if (parsed === null) throw new Error(`Broken invariant: ${version} was validated as a version`)
  const release = [parsed.major, parsed.minor, parsed.patch].map(padded).join('.')
  if (parsed.prerelease.length === 0) return `${release}~`
  const identifiers = parsed.prerelease.map((part) =>
    typeof part === 'number' ? `0${padded(part)}` : `1${part}`,
  )
  return `${release}!${identifiers.join('!')}`
}

const padded = (number: number): string => String(number).padStart(NUMBER_LENGTH, '0')
