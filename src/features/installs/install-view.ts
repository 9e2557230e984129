import type { Install } from '@cadre/contract'
import type { OfferedVersion } from '#features/marketplace/index.ts'
import type { CurrentInstall } from './install.ts'
import type { InstallOutcome } from './install-service.ts'
import { chooseVersion } from './version-choice.ts'

/** @param offered approved versions of its item */
export const installView = (
  install: CurrentInstall,
  offered: readonly OfferedVersion[],
): Install => {
  const present = offered.find(({ version }) => version === install.version)
  const newest = chooseVersion(offered, install.range)
  return {
    name: install.name,
    item: install.item,
    item_type: install.itemType,
    publisher: install.publisher,
    range: install.range,
    version: install.version,
    sha256: install.sha256,
    image: install.image,
    permissions: install.permissions,
    price: install.price,
    key_id: install.keyId,
    agent_id: install.agentId,
    workflow_id: install.workflowId,
    status: present?.status ?? 'withdrawn',
    status_message: present?.statusMessage ?? null,
    update:
      newest === null || newest.version === install.version ? null : { version: newest.version },
    installed_by: install.installedByName,
    installed_at: install.installedAt.toISOString(),
    updated_at: install.updatedAt.toISOString(),
  }
}

export const outcomeView = ({ key, warnings, missing }: InstallOutcome) => ({
  ...(key === null ? {} : { key }),
  warnings,
  missing,
})
