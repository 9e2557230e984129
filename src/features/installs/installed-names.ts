import type { AgentId, ItemType, TenantId, WorkflowId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'
import { nameInstalled } from './install-errors.ts'
import {
  deleteInstall,
  forgetArtefact,
  isNameInstalled,
  lockInstall,
  lockName,
  nextVersion,
  writeInstalledVersion,
} from './install-store.ts'

/**
 * Keeps what is published by the tenant apart from what it installed: part of the transaction that
 * publishes.
 * @throws AppError `install.name_in_use`
 */
export const guardInstalledName =
  (itemType: ItemType) =>
  async (tx: Tx, named: { tenantId: TenantId; name: string }): Promise<void> => {
    await lockName(tx, named)
    if (await isNameInstalled(tx, named, itemType)) throw nameInstalled(named.name)
  }

/**
 * Keeps installs true when what they brought is deleted by itself: the name means the next version
 * then, or nothing is installed any more. Part of the transaction that deletes.
 */
export const forgetInstalled = async (
  tx: Tx,
  { tenantId, id }: { tenantId: TenantId; id: AgentId | WorkflowId },
): Promise<void> => {
  const gone = await forgetArtefact(tx, { tenantId, id })
  if (gone === null) return
  const named = { tenantId, name: gone.name }
  if ((await lockInstall(tx, named)) !== gone.version) return
  const next = await nextVersion(tx, { ...named, without: gone.version })
  if (next === null) await deleteInstall(tx, named)
  else await writeInstalledVersion(tx, { ...named, version: next })
}
