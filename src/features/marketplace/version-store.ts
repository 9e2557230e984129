import type {
  AdmissionFinding,
  AdmissionState,
  ItemType,
  Json,
  MarketplaceExample,
  Measurement,
  TenantId,
  VersionStatus,
} from '@cadre/contract'
import type { Envelope } from '#features/registry/index.ts'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { versionRank } from '#platform/version-rank.ts'
import type { AdmissionDecision, ArtefactKind, VersionRecord } from './item.ts'

export interface VersionRow {
  id: string
  item_id: string
  tenant_id: string
  name: string
  item_type: ItemType
  version: string
  description: string
  readme: string
  changelog: string
  licence: string | null
  icon: Uint8Array | null
  tags: string[]
  capabilities: string[]
  input_schema: Json
  output_schema: Json
  examples: MarketplaceExample[]
  price: string
  image: string | null
  publisher: string
  published_by: string
  published_by_name: string
  created_at: Date
  artefact_kind: ArtefactKind | null
  artefact_id: string | null
  artefact_sha256: string | null
  artefact_bytes: number | null
  permissions: string[] | null
  state: AdmissionState
  state_reason: string | null
  findings: AdmissionFinding[]
  measurements: Measurement[]
  decided_at: Date | null
  decided_by_name: string | null
  check_tries: number
  status: VersionStatus
  status_message: string | null
  status_at: Date | null
  release_key_id: string | null
  signed_at: Date | null
}

export const COLUMNS = `v.id, v.item_id, v.tenant_id, i.name, i.item_type, v.version, v.description,
  v.readme, v.changelog, v.licence, v.icon, v.tags, v.capabilities, v.input_schema,
  v.output_schema, v.examples, v.price, v.image, v.publisher, v.published_by, v.published_by_name,
  v.created_at, v.artefact_kind, v.artefact_id, v.artefact_sha256, v.artefact_bytes,
  v.permissions, v.state, v.state_reason, v.findings, v.measurements, v.decided_at,
  v.decided_by_name, v.check_tries, v.status, v.status_message, v.status_at,
  v.release_key_id, v.signed_at`
export const FROM = `marketplace_versions as v join marketplace_items as i on i.id = v.item_id`

export const versionOf = (row: VersionRow): VersionRecord => ({
  id: row.id,
  itemId: row.item_id,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  itemType: row.item_type,
  version: row.version,
  description: row.description,
  readme: row.readme,
  changelog: row.changelog,
  licence: row.licence,
  icon: row.icon,
  tags: row.tags,
  capabilities: row.capabilities,
  inputSchema: row.input_schema,
  outputSchema: row.output_schema,
  examples: row.examples,
  price: row.price,
  image: row.image,
  publisher: row.publisher,
  publishedBy: row.published_by,
  publishedByName: row.published_by_name,
  createdAt: row.created_at,
  artefact:
    row.artefact_kind === null || row.artefact_id === null
      ? null
      : {
          kind: row.artefact_kind,
          id: row.artefact_id,
          sha256: row.artefact_sha256,
          bytes: row.artefact_bytes,
        },
  permissions: row.permissions,
  state: row.state,
  stateReason: row.state_reason,
  findings: row.findings,
  measurements: row.measurements,
  decidedAt: row.decided_at,
  decidedByName: row.decided_by_name,
  checkTries: row.check_tries,
  status: row.status,
  statusMessage: row.status_message,
  statusAt: row.status_at,
  signature:
    row.release_key_id === null || row.signed_at === null
      ? null
      : { keyId: row.release_key_id, signedAt: row.signed_at },
})

/** Wakes those who admit. */
export const ADMISSION_CHANNEL = 'cadre_marketplace_admission'

const jsonOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)

/** @returns false when this version was ever published */
export const insertVersion = async (tx: Tx, version: VersionRecord): Promise<boolean> => {
  const rows = await tx.query(
    `insert into marketplace_versions (id, item_id, tenant_id, version, version_rank, description,
       readme, changelog, licence, icon, tags, capabilities, input_schema, output_schema, examples,
       price, image, publisher, published_by, published_by_name, created_at, state, findings,
       measurements, check_due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, 'checking', '[]', '[]', $21)
     on conflict (item_id, version) do nothing returning 1`,
    [
      version.id,
      version.itemId,
      version.tenantId,
      version.version,
      versionRank(version.version),
      version.description,
      version.readme,
      version.changelog,
      version.licence,
      version.icon,
      version.tags,
      version.capabilities,
      jsonOf(version.inputSchema),
      jsonOf(version.outputSchema),
      JSON.stringify(version.examples),
      version.price,
      version.image,
      version.publisher,
      version.publishedBy,
      version.publishedByName,
      version.createdAt,
    ],
  )
  tx.notify(ADMISSION_CHANNEL)
  return rows.length > 0
}

/** Deleted ones as well: their numbers are used. */
export const versionWasPublished = async (
  db: Queryable,
  { name, version }: { name: string; version: string },
): Promise<boolean> => {
  const rows = await db.query(`select 1 from ${FROM} where i.name = $1 and v.version = $2`, [
    name,
    version,
  ])
  return rows.length > 0
}

export const findVersion = async (
  db: Queryable,
  { name, version }: { name: string; version: string },
): Promise<VersionRecord | null> => {
  const [row] = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where i.name = $1 and v.version = $2 and v.deleted_at is null`,
    [name, version],
  )
  return row === undefined ? null : versionOf(row)
}

export const findVersionById = async (db: Queryable, id: string): Promise<VersionRecord | null> => {
  const [row] = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM} where v.id = $1 and v.deleted_at is null`,
    [id],
  )
  return row === undefined ? null : versionOf(row)
}

/**
 * The version that stands for its item: the latest release, or the latest of all where none was
 * released. Null when nothing approved is left.
 */
export const findListedVersion = async (
  db: Queryable,
  itemId: string,
): Promise<VersionRecord | null> => {
  const [row] = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where v.item_id = $1 and v.state = 'approved' and v.status <> 'yanked'
       and v.deleted_at is null
     order by right(v.version_rank, 1) = '~' desc, v.version_rank desc limit 1`,
    [itemId],
  )
  return row === undefined ? null : versionOf(row)
}

/** What the last approved version asks of its host; null where none was approved. */
export const lastApprovedPermissions = async (
  db: Queryable,
  itemId: string,
): Promise<{ version: string; permissions: string[] } | null> => {
  const [row] = await db.query<{ version: string; permissions: string[] | null }>(
    `select version, permissions from marketplace_versions
     where item_id = $1 and state = 'approved' order by decided_at desc, version_rank desc limit 1`,
    [itemId],
  )
  return row === undefined ? null : { version: row.version, permissions: row.permissions ?? [] }
}

/** Which versions somebody may see. */
export interface Sight {
  tenantId: TenantId
  isReviewer: boolean
}

/** Versions of a name that may be seen, the greatest first, behind `after`; one more than `limit`. */
export const listVersions = async (
  db: Queryable,
  query: Sight & { itemId: string; limit: number; after: string | null },
): Promise<VersionRecord[]> => {
  const rows = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where v.item_id = $1 and v.deleted_at is null
       and (v.state = 'approved' or v.tenant_id = $2 or $3::boolean)
       and ($4::text is null or v.version_rank < $4)
     order by v.version_rank desc limit $5`,
    [
      query.itemId,
      query.tenantId,
      query.isReviewer,
      query.after === null ? null : versionRank(query.after),
      query.limit + 1,
    ],
  )
  return rows.map(versionOf)
}

/** A tenant's own versions in a state, the newest first, behind the id `after`. */
export const listOwnVersions = async (
  db: Queryable,
  query: { tenantId: TenantId; state: AdmissionState; limit: number; after: string | null },
): Promise<VersionRecord[]> => {
  const rows = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where v.tenant_id = $1 and v.state = $2 and v.deleted_at is null
       and ($3::uuid is null or v.id < $3::uuid)
     order by v.id desc limit $4`,
    [query.tenantId, query.state, query.after, query.limit + 1],
  )
  return rows.map(versionOf)
}

export const countOwnVersions = async (
  db: Queryable,
  { tenantId, state }: { tenantId: TenantId; state: AdmissionState },
): Promise<number> => {
  const [row] = await db.query<{ total: number }>(
    `select count(*) as total from marketplace_versions
     where tenant_id = $1 and state = $2 and deleted_at is null`,
    [tenantId, state],
  )
  return row?.total ?? 0
}

/** What waits for a reviewer, the oldest first, behind the id `after`. */
export const listHeld = async (
  db: Queryable,
  query: { limit: number; after: string | null },
): Promise<VersionRecord[]> => {
  const rows = await db.query<VersionRow>(
    `select ${COLUMNS} from ${FROM}
     where v.state = 'held' and v.deleted_at is null and ($1::uuid is null or v.id > $1::uuid)
     order by v.id limit $2`,
    [query.after, query.limit + 1],
  )
  return rows.map(versionOf)
}

/** Takes a version that is due to be checked, until `until`. Null when none is. */
export const claimCheck = async (
  db: Queryable,
  { now, until }: { now: Date; until: Date },
): Promise<VersionRecord | null> => {
  const [claimed] = await db.query<{ id: string }>(
    `update marketplace_versions set check_due_at = $2, check_tries = check_tries + 1
     where id = (
       select id from marketplace_versions where state = 'checking' and check_due_at <= $1
       order by check_due_at limit 1 for update skip locked)
     returning id`,
    [now, until],
  )
  return claimed === undefined ? null : findCheckedVersion(db, claimed.id)
}

/** Deleted ones as well: what is checked comes to its end. */
const findCheckedVersion = async (db: Queryable, id: string): Promise<VersionRecord | null> => {
  const [row] = await db.query<VersionRow>(`select ${COLUMNS} from ${FROM} where v.id = $1`, [id])
  return row === undefined ? null : versionOf(row)
}

/** When the next version is due to be checked. */
export const nextCheck = async (db: Queryable): Promise<Date | null> => {
  const [row] = await db.query<{ check_due_at: Date }>(
    `select check_due_at from marketplace_versions where state = 'checking'
     order by check_due_at limit 1`,
  )
  return row?.check_due_at ?? null
}

/** @returns false when it is not what it was: another try counts, or somebody decided */
export const decideVersion = async (
  tx: Tx,
  version: { id: string; from: AdmissionState; checkTries: number },
  decision: AdmissionDecision & { now: Date; release: Envelope | null },
): Promise<boolean> => {
  const { artefact } = decision
  const rows = await tx.query(
    `update marketplace_versions set state = $4, state_reason = $5, findings = $6,
       measurements = $7, artefact_kind = $8, artefact_id = $9, artefact_sha256 = $10,
       artefact_bytes = $11, permissions = $12, decided_by_name = $13, decided_at = $14,
       check_due_at = null, release_payload = $15, release_signature = $16, release_key_id = $17,
       signed_at = case when $15::text is null then null else $14::timestamptz end
     where id = $1 and state = $2 and check_tries = $3 returning 1`,
    [
      version.id,
      version.from,
      version.checkTries,
      decision.state,
      decision.reason,
      JSON.stringify(decision.findings),
      JSON.stringify(decision.measurements),
      artefact?.kind ?? null,
      artefact?.id ?? null,
      artefact?.sha256 ?? null,
      artefact?.bytes ?? null,
      decision.permissions,
      decision.decidedByName,
      decision.now,
      decision.release?.payload ?? null,
      decision.release?.signature ?? null,
      decision.release?.keyId ?? null,
    ],
  )
  return rows.length > 0
}

/** Tries of one check at the most; the number of a try counts on in tens from check to check. */
const TRY_NUMBERS = 10
export const triesOf = (checkTries: number): number => checkTries % TRY_NUMBERS

/** @returns false when it is not held any more */
export const checkAgain = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const rows = await tx.query(
    `update marketplace_versions set state = 'checking', state_reason = null, check_due_at = $2,
       check_tries = (check_tries / ${TRY_NUMBERS} + 1) * ${TRY_NUMBERS}, decided_at = null, decided_by_name = null
     where id = $1 and state = 'held' and deleted_at is null
     returning 1`,
    [id, now],
  )
  tx.notify(ADMISSION_CHANNEL)
  return rows.length > 0
}

export const setStatus = async (
  tx: Tx,
  version: { id: string; status: VersionStatus; message: string | null; now: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `update marketplace_versions set status = $2, status_message = $3, status_at = $4
     where id = $1 and deleted_at is null returning 1`,
    [version.id, version.status, version.message, version.now],
  )
  return rows.length > 0
}

export const markVersionDeleted = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const rows = await tx.query(
    `update marketplace_versions set deleted_at = $2 where id = $1 and deleted_at is null
     returning 1`,
    [id, now],
  )
  return rows.length > 0
}

/** A version that was not deleted lists this binary. */
export const isBinaryListed = async (db: Queryable, sha256: string): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from marketplace_versions
     where artefact_sha256 = $1 and artefact_sha256 is not null and deleted_at is null limit 1`,
    [sha256],
  )
  return rows.length > 0
}

/** Those among these that a version lists. */
export const listedBinaries = async (
  db: Queryable,
  digests: readonly string[],
): Promise<string[]> => {
  const rows = await db.query<{ artefact_sha256: string }>(
    `select distinct artefact_sha256 from marketplace_versions
     where artefact_sha256 = any ($1::text[]) and artefact_sha256 is not null
       and deleted_at is null`,
    [digests],
  )
  return rows.map((row) => row.artefact_sha256)
}
