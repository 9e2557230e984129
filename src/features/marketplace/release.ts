import { RELEASE_PAYLOAD_TYPE, type Release } from '@cadre/contract'
import type { Envelope, SignValue } from '#features/registry/index.ts'
import type { Tx } from '#platform/db/db.ts'
import type { AdmissionDecision, VersionRecord } from './item.ts'
import { findUnsignedVersions, writeReleases } from './release-store.ts'

type Decided = Pick<AdmissionDecision, 'artefact' | 'permissions'>

/** All that was published of a version, and what was found under its name: what is signed. */
const releaseOf = (version: VersionRecord, { artefact, permissions }: Decided): Release => ({
  schema: 'cadre.release/v1',
  name: version.name,
  version: version.version,
  item_type: version.itemType,
  publisher: version.publisher,
  description: version.description,
  readme: version.readme,
  changelog: version.changelog,
  licence: version.licence,
  icon: version.icon === null ? null : Buffer.from(version.icon).toString('base64'),
  tags: version.tags,
  capabilities: version.capabilities,
  input_schema: version.inputSchema,
  output_schema: version.outputSchema,
  examples: version.examples,
  price: version.price,
  permissions: permissions ?? [],
  artefact: {
    kind: artefact?.kind ?? 'remote',
    sha256: artefact?.sha256 ?? null,
    bytes: artefact?.bytes ?? null,
    ...(version.image !== null && { image: version.image }),
  },
  published_at: version.createdAt.toISOString(),
})

/** The release of a version that is approved by this decision; null for any other decision. */
export const signedRelease = (
  sign: SignValue,
  version: VersionRecord,
  decision: Decided & Pick<AdmissionDecision, 'state'>,
): Envelope | null =>
  decision.state === 'approved' ? sign(RELEASE_PAYLOAD_TYPE, releaseOf(version, decision)) : null

const PAGE = 100
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Signs what was approved before the registry's first key was made. */
export const signUnsignedReleases = async (
  tx: Tx,
  sign: SignValue,
  signedAt: Date,
): Promise<void> => {
  let after = FIRST_ID
  for (;;) {
    const versions = await findUnsignedVersions(tx, { after, limit: PAGE })
    const last = versions.at(-1)
    if (last === undefined) return
    const signed = versions.map((version) => ({
      id: version.id,
      release: sign(RELEASE_PAYLOAD_TYPE, releaseOf(version, version)),
    }))
    await writeReleases(tx, signed, signedAt)
    after = last.id
  }
}
