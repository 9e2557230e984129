import type { AgentId, ItemType, TenantId, WorkflowId } from '@cadre/contract'
import { RELEASE_PAYLOAD_TYPE } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import { versionRank } from '#platform/version-rank.ts'
import type {
  CurrentInstall,
  InstalledArtefact,
  InstalledVersion,
  InstallRecord,
} from './install.ts'

interface InstallRow {
  tenant_id: string
  name: string
  item_id: string
  item: string
  item_type: ItemType
  range: string
  version: string
  installed_by: string
  installed_by_name: string
  installed_at: Date
  updated_at: Date
  sha256: string | null
  image: string | null
  publisher: string
  permissions: string[]
  price: string
  agent_id: string | null
  workflow_id: string | null
  release_key_id: string
}

const artefactOf = (row: Pick<InstallRow, 'agent_id' | 'workflow_id'>): InstalledArtefact => {
  if (row.agent_id !== null) return { agentId: row.agent_id as AgentId, workflowId: null }
  return { agentId: null, workflowId: row.workflow_id as WorkflowId }
}

const installOf = (row: InstallRow): CurrentInstall => ({
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  itemId: row.item_id,
  item: row.item,
  itemType: row.item_type,
  range: row.range,
  version: row.version,
  installedBy: row.installed_by,
  installedByName: row.installed_by_name,
  installedAt: row.installed_at,
  updatedAt: row.updated_at,
  sha256: row.sha256,
  image: row.image,
  publisher: row.publisher,
  permissions: row.permissions,
  price: row.price,
  keyId: row.release_key_id,
  ...artefactOf(row),
})

const SELECT = `select i.tenant_id, i.name, i.item_id, i.item, i.item_type, i.range, i.version,
  i.installed_by, i.installed_by_name, i.installed_at, i.updated_at, v.sha256, v.image,
  v.publisher, v.permissions, v.price, v.agent_id, v.workflow_id, v.release_key_id
  from installs as i join install_versions as v
    on v.tenant_id = i.tenant_id and v.name = i.name and v.version = i.version`

interface Named {
  tenantId: TenantId
  name: string
}

/** Whoever gives a name of a tenant a meaning does so one after the other. */
export const lockName = async (tx: Tx, { tenantId, name }: Named): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('name ' || $1 || ' ' || $2, 0))`, [
    tenantId,
    name,
  ])
}

export const findInstall = async (
  db: Queryable,
  { tenantId, name }: Named,
): Promise<CurrentInstall | null> => {
  const [row] = await db.query<InstallRow>(`${SELECT} where i.tenant_id = $1 and i.name = $2`, [
    tenantId,
    name,
  ])
  return row === undefined ? null : installOf(row)
}

/** By name, behind the name `after`; one more than `limit`. */
export const listInstalls = async (
  db: Queryable,
  query: { tenantId: TenantId; limit: number; after: string | null },
): Promise<CurrentInstall[]> => {
  const rows = await db.query<InstallRow>(
    `${SELECT} where i.tenant_id = $1 and ($2::text is null or i.name > $2)
     order by i.name limit $3`,
    [query.tenantId, query.after, query.limit + 1],
  )
  return rows.map(installOf)
}

/** What is installed under a name as an agent, or as a workflow. */
export const isNameInstalled = async (
  tx: Tx,
  { tenantId, name }: Named,
  itemType: ItemType,
): Promise<boolean> => {
  const rows = await tx.query(
    'select 1 from installs where tenant_id = $1 and name = $2 and item_type = $3',
    [tenantId, name, itemType],
  )
  return rows.length > 0
}

/** @returns false where something is installed under the name */
export const insertInstall = async (tx: Tx, install: InstallRecord): Promise<boolean> => {
  const rows = await tx.query(
    `insert into installs (tenant_id, name, item_id, item, item_type, range, version,
       installed_by, installed_by_name, installed_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (tenant_id, name) do nothing returning 1`,
    [
      install.tenantId,
      install.name,
      install.itemId,
      install.item,
      install.itemType,
      install.range,
      install.version,
      install.installedBy,
      install.installedByName,
      install.installedAt,
      install.updatedAt,
    ],
  )
  return rows.length > 0
}

/** Remembers what a version brought; one that is brought again has new ids. */
export const putVersion = async (
  tx: Tx,
  { tenantId, name }: Named,
  version: InstalledVersion & { now: Date },
): Promise<void> => {
  await tx.query(
    `insert into install_versions (tenant_id, name, version, version_rank, sha256, image,
       publisher, permissions, price, agent_id, workflow_id, release_payload, release_signature,
       release_key_id, installed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (tenant_id, name, version) do update set agent_id = excluded.agent_id,
       workflow_id = excluded.workflow_id, installed_at = excluded.installed_at`,
    [
      tenantId,
      name,
      version.version,
      versionRank(version.version),
      version.sha256,
      version.image,
      version.publisher,
      version.permissions,
      version.price,
      version.agentId,
      version.workflowId,
      version.release.payload,
      version.release.signature,
      version.release.keyId,
      version.now,
    ],
  )
}

/** The version that the name means, as long as nobody else changes it. */
export const lockInstall = async (tx: Tx, { tenantId, name }: Named): Promise<string | null> => {
  const [row] = await tx.query<{ version: string }>(
    'select version from installs where tenant_id = $1 and name = $2 for update',
    [tenantId, name],
  )
  return row?.version ?? null
}

export const writeInstall = async (
  tx: Tx,
  install: Named & { version: string; range: string; now: Date },
): Promise<void> => {
  await tx.query(
    `update installs set version = $3, range = $4, updated_at = $5
     where tenant_id = $1 and name = $2`,
    [install.tenantId, install.name, install.version, install.range, install.now],
  )
}

export const writeInstalledVersion = async (
  tx: Tx,
  { tenantId, name, version }: Named & { version: string },
): Promise<void> => {
  await tx.query('update installs set version = $3 where tenant_id = $1 and name = $2', [
    tenantId,
    name,
    version,
  ])
}

export const deleteInstall = async (tx: Tx, { tenantId, name }: Named): Promise<void> => {
  await tx.query('delete from installs where tenant_id = $1 and name = $2', [tenantId, name])
}

interface VersionRow {
  version: string
  sha256: string | null
  image: string | null
  publisher: string
  permissions: string[]
  price: string
  agent_id: string | null
  workflow_id: string | null
  release_payload: string
  release_signature: Uint8Array
  release_key_id: string
}

/** A version that is there because of an install; null where it is not. */
export const findInstalledVersion = async (
  db: Queryable,
  { tenantId, name, version }: Named & { version: string },
): Promise<InstalledVersion | null> => {
  const [row] = await db.query<VersionRow>(
    `select version, sha256, image, publisher, permissions, price, agent_id, workflow_id,
       release_payload, release_signature, release_key_id
     from install_versions where tenant_id = $1 and name = $2 and version = $3`,
    [tenantId, name, version],
  )
  if (row === undefined) return null
  return {
    version: row.version,
    sha256: row.sha256,
    image: row.image,
    publisher: row.publisher,
    permissions: row.permissions,
    price: row.price,
    release: {
      payloadType: RELEASE_PAYLOAD_TYPE,
      payload: row.release_payload,
      signature: row.release_signature,
      keyId: row.release_key_id,
    },
    ...artefactOf(row),
  }
}

/** What the versions of an install brought, and which of them are above the given one. */
export const artefactsOf = async (
  db: Queryable,
  { tenantId, name, version }: Named & { version: string },
): Promise<(InstalledArtefact & { isAbove: boolean })[]> => {
  const rows = await db.query<Pick<InstallRow, 'agent_id' | 'workflow_id'> & { is_above: boolean }>(
    `select agent_id, workflow_id, version_rank > $3 as is_above
     from install_versions where tenant_id = $1 and name = $2 order by version_rank`,
    [tenantId, name, versionRank(version)],
  )
  return rows.map((row) => ({ ...artefactOf(row), isAbove: row.is_above }))
}

/** Forgets the version that brought an agent or a workflow; null where none did. */
export const forgetArtefact = async (
  tx: Tx,
  { tenantId, id }: { tenantId: TenantId; id: AgentId | WorkflowId },
): Promise<{ name: string; version: string } | null> => {
  const [gone] = await tx.query<{ name: string; version: string }>(
    `delete from install_versions
     where tenant_id = $1 and (agent_id = $2 or workflow_id = $2) returning name, version`,
    [tenantId, id],
  )
  return gone ?? null
}

/** The version that the name means when `without` is gone: the next below, else the next above. */
export const nextVersion = async (
  tx: Tx,
  { tenantId, name, without }: Named & { without: string },
): Promise<string | null> => {
  const [row] = await tx.query<{ version: string }>(
    `select version from install_versions where tenant_id = $1 and name = $2
     order by version_rank < $3 desc, case when version_rank < $3 then version_rank end desc,
       version_rank desc limit 1`,
    [tenantId, name, versionRank(without)],
  )
  return row?.version ?? null
}
