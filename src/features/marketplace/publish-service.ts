import type { Json, ParsedPublishItem } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import type { FindArtefact } from './artefact.ts'
import { editDistance } from './edit-distance.ts'
import { parseIcon } from './item-icon.ts'
import { distanceKept, isReservedName, skeletonOf } from './item-name.ts'
import {
  findItemAlike,
  insertItem,
  isNameRetired,
  nameOfTenant,
  wellKnownNames,
} from './item-store.ts'
import { UNCHECKED, type ItemRecord, type VersionContent, type VersionRecord } from './item.ts'
import { parseLicence } from './licence.ts'
import {
  nameConfusing,
  nameReserved,
  nameRetired,
  nameTaken,
  otherType,
  versionExists,
} from './marketplace-errors.ts'
import type { SchemaJudge } from './schema-judge.ts'
import { insertVersion, versionWasPublished } from './version-store.ts'

export interface PublishServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  schemas: SchemaJudge
  findArtefact: FindArtefact
  /** The operator's tenant speaks for the platform. */
  platformTenantId: string
}

/**
 * Publishes a version: it is there at once, and admission begins.
 * @throws AppError 422 naming the field; 409 when the version was ever published, or the name
 * belongs to somebody else
 */
export type PublishItem = (by: Principal, given: ParsedPublishItem) => Promise<VersionRecord>

export const createPublishing = (options: PublishServiceOptions): PublishItem => {
  const { db, clock, ids } = options

  const contentOf = async (by: Principal, given: ParsedPublishItem): Promise<VersionContent> => {
    // An image stands for itself, whatever there is under its name.
    const found =
      given.image === undefined
        ? await options.findArtefact(by.tenantId, given.item_type, given)
        : null
    const content = {
      version: given.version,
      description: given.description ?? found?.description ?? '',
      readme: given.readme,
      changelog: given.changelog,
      licence: given.licence === undefined ? null : parseLicence(given.licence),
      icon: given.icon === undefined ? null : parseIcon(given.icon),
      tags: given.tags,
      capabilities: given.capabilities ?? found?.capabilities ?? [],
      inputSchema: given.input_schema ?? found?.inputSchema ?? null,
      outputSchema: given.output_schema ?? null,
      examples: given.examples ?? found?.examples ?? [],
      price: given.price ?? found?.price ?? '0.000000',
      image: given.image ?? null,
    }
    await options.schemas.judge({
      inputSchema: schemaOf(content.inputSchema),
      outputSchema: schemaOf(content.outputSchema),
      examples: content.examples,
    })
    return content
  }
  const refuseNearNames = async (tx: Tx, { name, tenantId }: ItemRecord): Promise<void> => {
    const skeleton = skeletonOf(name)
    const within = distanceKept(skeleton)
    if (within === 0) return
    const about = { tenantId, length: skeleton.length, within }
    const near = (await wellKnownNames(tx, about)).find(
      (known) => editDistance(skeleton, known.skeleton, within) <= within,
    )
    if (near !== undefined) throw nameConfusing(name, near.name)
  }
  /** The item of this name: made now, or the tenant's own. */
  const itemFor = async (tx: Tx, wanted: ItemRecord): Promise<ItemRecord> => {
    const { name } = wanted
    const skeleton = skeletonOf(name)
    let item = await findItemAlike(tx, { name, skeleton })
    if (item === null) {
      await refuseNearNames(tx, wanted)
      const isWellKnown = wanted.tenantId === options.platformTenantId
      await insertItem(tx, { ...wanted, skeleton, isWellKnown, now: clock.now() })
      item = await findItemAlike(tx, { name, skeleton })
      // Asked last: whoever was deleted meanwhile has left its names by now.
      if (await isNameRetired(tx, { name, skeleton })) throw nameRetired(name)
    }
    if (item === null) throw new Error('Broken invariant: an item that was inserted is there')
    if (item.name !== name) throw nameConfusing(name, item.name)
    if (item.tenantId !== wanted.tenantId || item.origin !== null) throw nameTaken(name)
    if (item.itemType !== wanted.itemType) throw otherType(name, item.itemType)
    return item
  }

  return async (by, given) => {
    const { name, version, item_type: itemType } = given
    if (isReservedName(name) && by.tenantId !== options.platformTenantId) throw nameReserved(name)
    const { tenantId } = by
    const published = await versionWasPublished(db, { name, version })
    const owner = published ? await findItemAlike(db, { name, skeleton: skeletonOf(name) }) : null
    if (owner !== null)
      throw owner.tenantId === tenantId ? versionExists(name, version) : nameTaken(name)
    const content = await contentOf(by, given)
    return db.transaction(async (tx) => {
      const item = await itemFor(tx, {
        id: ids.uuid(),
        tenantId,
        name,
        itemType,
        origin: null,
      })
      const record: VersionRecord = {
        ...UNCHECKED,
        origin: null,
        ...content,
        id: ids.uuid(),
        itemId: item.id,
        tenantId,
        name,
        itemType,
        publisher: await nameOfTenant(tx, tenantId),
        publishedBy: by.id,
        publishedByName: by.name,
        createdAt: clock.now(),
      }
      if (!(await insertVersion(tx, record))) throw versionExists(name, version)
      await recordWithin(tx, {
        tenantId,
        at: clock.now(),
        action: 'marketplace.publish',
        resource: { kind: 'marketplace_version', id: record.id, name: `${name}@${version}` },
        after: { item_type: itemType, licence: content.licence, price: content.price },
      })
      return record
    })
  }
}

const schemaOf = (schema: Json): unknown => (schema === null ? undefined : schema)
