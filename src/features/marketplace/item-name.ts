/**
 * A name as a hasty eye reads it: hyphens are overlooked, and letters that look alike are the same.
 * Names are ASCII already, so these are all that can be mistaken.
 */
export const skeletonOf = (name: string): string =>
  name
    .replaceAll('-', '')
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')

/** Names that mean the platform itself, or a part of its addresses. */
const RESERVED = new Set([
  'admin',
  'administrator',
  'api',
  'approve',
  'builtin',
  'changes',
  'core',
  'diff',
  'facets',
  'feed',
  'index',
  'install',
  'installs',
  'keys',
  'latest',
  'marketplace',
  'mirrored',
  'official',
  'platform',
  'publications',
  'publish',
  'ratings',
  'registry',
  'reviews',
  'root',
  'search',
  'security',
  'support',
  'system',
  'test',
  'verified',
  'versions',
])
/** Whoever begins so speaks for the platform. */
const PLATFORM_PREFIX = 'cadre'

export const isReservedName = (name: string): boolean =>
  RESERVED.has(name) || skeletonOf(name).startsWith(PLATFORM_PREFIX)

/** Shorter names are too often near each other by chance. */
const NEAR_LENGTH_MIN = 5
const NEAR_TWO_LENGTH_MIN = 10

/** How many letters apart names of this length must be from well-known ones of others. */
export const distanceKept = (skeleton: string): number =>
  skeleton.length < NEAR_LENGTH_MIN ? 0 : skeleton.length < NEAR_TWO_LENGTH_MIN ? 1 : 2
