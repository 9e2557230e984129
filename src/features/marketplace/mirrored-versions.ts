import type { MarketplaceIndex, Release } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Envelope } from '#features/registry/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import { isReservedName, skeletonOf } from './item-name.ts'
import { findItemAlike, insertItem, isNameRetired, lockItem, nameOfTenant } from './item-store.ts'
import { UNCHECKED, type Artefact, type ItemRecord, type VersionRecord } from './item.ts'
import { refreshListing } from './listing.ts'
import {
  indexOutdated,
  nameConfusing,
  nameReserved,
  nameRetired,
  nameTaken,
  otherType,
  versionExists,
} from './marketplace-errors.ts'
import * as mirrored from './mirrored-store.ts'
import { findRelease } from './release-store.ts'
import {
  decideVersion,
  findVersion,
  insertVersion,
  markVersionDeleted,
  setStatus,
} from './version-store.ts'

/** A release of another installation, checked, with what is kept of it here. */
export interface MirroredRelease {
  envelope: Envelope
  release: Release
  /** Whose key signed it. */
  origin: string
  artefact: Artefact
}

export type MirroredVersions = ReturnType<typeof createMirroredVersions>

const ADMITTED_BY = 'mirror'
const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * Versions that were published and approved elsewhere. They belong to the operator's tenant and
 * keep the envelope that they came with.
 */
export const createMirroredVersions = (options: { db: Db; clock: Clock; ids: Ids }) => {
  const { db, clock, ids } = options

  const note = (tx: Tx, version: { id: string; tenantId: string; name: string }, act: object) =>
    recordWithin(tx, {
      tenantId: version.tenantId as VersionRecord['tenantId'],
      at: clock.now(),
      action: 'marketplace.mirror',
      resource: { kind: 'marketplace_version', id: version.id, name: version.name },
      after: act,
    })
  const itemFor = async (tx: Tx, wanted: ItemRecord): Promise<ItemRecord> => {
    const { name } = wanted
    const skeleton = skeletonOf(name)
    if (await isNameRetired(tx, { name, skeleton })) throw nameRetired(name)
    await insertItem(tx, { ...wanted, skeleton, isWellKnown: false, now: clock.now() })
    const item = await findItemAlike(tx, { name, skeleton })
    if (item === null) throw new Error('Broken invariant: an item that was inserted is there')
    if (item.name !== name) throw nameConfusing(name, item.name)
    if (item.tenantId !== wanted.tenantId || item.origin !== wanted.origin) throw nameTaken(name)
    if (item.itemType !== wanted.itemType) throw otherType(name, item.itemType)
    return item
  }
  const insert = async (
    tx: Tx,
    by: Principal,
    { id, ...given }: MirroredRelease & { id: string },
  ): Promise<void> => {
    const { release, envelope, origin, artefact } = given
    const { name, version } = release
    const now = clock.now()
    const { tenantId } = by
    const itemType = release.item_type
    const item = await itemFor(tx, { id: ids.uuid(), tenantId, name, itemType, origin })
    await lockItem(tx, item.id)
    const record: VersionRecord = {
      ...UNCHECKED,
      id,
      itemId: item.id,
      tenantId,
      name,
      itemType,
      version,
      description: release.description,
      readme: release.readme,
      changelog: release.changelog,
      licence: release.licence,
      icon: release.icon === null ? null : Buffer.from(release.icon, 'base64'),
      tags: release.tags,
      capabilities: release.capabilities,
      inputSchema: release.input_schema,
      outputSchema: release.output_schema,
      examples: release.examples,
      price: release.price,
      image: release.artefact.image ?? null,
      publisher: await nameOfTenant(tx, tenantId),
      publishedBy: by.id,
      publishedByName: by.name,
      createdAt: now,
      origin: { name: origin, publisher: release.publisher },
    }
    if (!(await insertVersion(tx, record))) throw versionExists(name, version)
    await mirrored.setOriginPublisher(tx, { id, publisher: release.publisher })
    const decision = {
      state: 'approved' as const,
      reason: null,
      findings: [],
      measurements: [],
      artefact,
      permissions: release.permissions,
      decidedByName: ADMITTED_BY,
      now,
      release: envelope,
    }
    await decideVersion(tx, { id, from: 'checking', checkTries: 0 }, decision)
    await refreshListing(tx, item.id, now)
    await note(
      tx,
      { id, tenantId, name: `${name}@${version}` },
      { origin, publisher: release.publisher, key_id: envelope.keyId },
    )
  }
  /** @returns whether there was anything to change */
  const follow = async (
    by: Principal,
    version: mirrored.MirroredVersion,
    said: Said,
  ): Promise<boolean> => {
    const { id, itemId, name } = version
    const isSame =
      said !== 'deleted' && said.status === version.status && said.message === version.statusMessage
    if (isSame) return false
    await db.transaction(async (tx) => {
      const now = clock.now()
      await lockItem(tx, itemId)
      await (said === 'deleted'
        ? markVersionDeleted(tx, id, now)
        : setStatus(tx, { id, status: said.status, message: said.message, now }))
      await refreshListing(tx, itemId, now)
      const after = said === 'deleted' ? { deleted: true } : { ...said }
      await note(tx, { id, tenantId: by.tenantId, name: `${name}@${version.version}` }, after)
    })
    return true
  }

  return {
    /**
     * Lists a release; idempotent.
     * @param prepare keeps what the release is about and answers what was kept; not called where
     *   the release is there already
     * @returns false where it was there already
     * @throws AppError 409 where the name belongs to somebody else or the version was used before,
     *   422 where the name is reserved or easily mistaken for another
     */
    add: async (
      by: Principal,
      given: Omit<MirroredRelease, 'artefact'>,
      prepare: (id: string) => Promise<Artefact>,
    ): Promise<boolean> => {
      const { name, version } = given.release
      if (isReservedName(name)) throw nameReserved(name)
      const item = await findItemAlike(db, { name, skeleton: skeletonOf(name) })
      if (item !== null && item.name !== name) throw nameConfusing(name, item.name)
      if (item !== null && (item.tenantId !== by.tenantId || item.origin !== given.origin))
        throw nameTaken(name)
      const present = await findVersion(db, { name, version })
      if (present !== null) {
        const release = await findRelease(db, present.id)
        if (release?.payload === given.envelope.payload) return false
        throw versionExists(name, version)
      }
      const id = ids.uuid()
      const artefact = await prepare(id)
      await db.transaction((tx) => insert(tx, by, { ...given, id, artefact }))
      return true
    },

    /**
     * Deprecates, yanks, restores and deletes what an origin's index says so of. Says nothing of
     * versions that the index does not know, or knows otherwise.
     * @returns how many versions it changed
     * @throws AppError 409 for an index older than one that was applied
     */
    applyIndex: async (by: Principal, origin: string, index: MarketplaceIndex): Promise<number> => {
      const issuedAt = new Date(index.issued_at)
      await db.transaction(async (tx) => {
        const latest = await mirrored.lockOrigin(tx, origin)
        if (latest !== null && latest > issuedAt) throw indexOutdated(latest)
        await mirrored.setIndexIssued(tx, origin, issuedAt)
      })
      const listed = new Map(index.versions.map((entry) => [keyOf(entry), entry]))
      const deleted = new Set(index.deleted.map(keyOf))
      let changed = 0
      for (let after = FIRST_ID; ;) {
        const page = await mirrored.listMirrored(db, { origin, after, limit: PAGE })
        for (const version of page) {
          const entry = listed.get(keyOf(version))
          const isSame = entry?.release_sha256 === version.releaseSha256
          const said = deleted.has(keyOf(version)) ? 'deleted' : isSame ? entry : undefined
          if (said === undefined) continue
          const words = said === 'deleted' ? said : { status: said.status, message: said.message }
          if (await follow(by, version, words)) changed++
        }
        const last = page.at(-1)
        if (last === undefined || page.length < PAGE) return changed
        after = last.id
      }
    },
  }
}

/** What an index says of a version. */
type Said = 'deleted' | Pick<MarketplaceIndex['versions'][number], 'status' | 'message'>

const keyOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`
