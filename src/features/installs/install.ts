import type { AgentId, ItemType, TenantId, WorkflowId } from '@cadre/contract'
import type { Envelope } from '#features/registry/index.ts'

/** A name of a tenant, what it was installed from, and the version that it means now. */
export interface InstallRecord {
  tenantId: TenantId
  name: string
  itemId: string
  item: string
  itemType: ItemType
  range: string
  version: string
  installedBy: string
  installedByName: string
  installedAt: Date
  updatedAt: Date
}

/** What a tenant has because of one version. */
export type InstalledArtefact =
  | { agentId: AgentId; workflowId: null }
  | { agentId: null; workflowId: WorkflowId }

/** What was released, as it is remembered beside the install. */
export interface InstalledContent {
  version: string
  sha256: string | null
  image: string | null
  publisher: string
  permissions: string[]
  price: string
  release: Envelope
}

export type InstalledVersion = InstalledContent & InstalledArtefact

/** An install with what its current version says. */
export type CurrentInstall = InstallRecord &
  Omit<InstalledContent, 'release'> &
  InstalledArtefact & { keyId: string }
