import type { MarketplaceVersion } from '@cadre/contract'
import type { Session } from '../session.ts'
import { statusLine } from '../status-line.ts'
import { listingDifferences } from './differences.ts'
import type { LoadedManifest } from './load-manifest.ts'
import { referenceOf, unlessAbsent, versionDiffers } from './publish-artefact.ts'

const LOOK_MS = 200

export interface PublishedListing {
  version: MarketplaceVersion
  /** The very same was there before. */
  wasThere: boolean
}

/**
 * Offers what was published in the marketplace, and waits until admission has decided or the time
 * is over; then the version is still `checking`.
 * @throws CommandError where the version is there and differs
 */
export const publishListing = async (
  session: Session,
  manifest: LoadedManifest,
  waitSeconds: number,
): Promise<PublishedListing> => {
  const { marketplace } = session.client
  const { document, listing } = manifest
  const { name, version } = document
  const there = await unlessAbsent(marketplace.version(name, version))
  const differences = there === null ? [] : listingDifferences(listing, there)
  if (differences.length > 0) throw versionDiffers(manifest, 'listing', differences)
  const begun =
    there === null
      ? await marketplace.publish(listing)
      : isToBeChecked(there)
        ? await marketplace.checkAgain(name, version)
        : there
  const decided = await untilDecided(session, manifest, { begun, waitSeconds })
  return { version: decided, wasThere: there !== null }
}

/** It was listed ahead of what it lists, which is there now. */
const isToBeChecked = ({ state, artefact }: MarketplaceVersion): boolean =>
  state === 'held' && artefact === null

const untilDecided = async (
  { client, terminal }: Session,
  manifest: LoadedManifest,
  { begun, waitSeconds }: { begun: MarketplaceVersion; waitSeconds: number },
): Promise<MarketplaceVersion> => {
  const { name, version } = manifest.document
  const endsAt = performance.now() + waitSeconds * 1_000
  const line = statusLine(terminal)
  try {
    let found = begun
    while (found.state === 'checking' && performance.now() < endsAt) {
      line.show(`Admission looks at ${referenceOf(manifest)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      found = await client.marketplace.version(name, version)
    }
    return found
  } finally {
    line.close()
  }
}
