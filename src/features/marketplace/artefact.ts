import { digestOfImage } from '@cadre/contract'
import type { ItemType, Json, MarketplaceExample, TenantId } from '@cadre/contract'
import type { AgentBinary, AgentService } from '#features/agents/index.ts'
import type { WorkflowDefinition, WorkflowDirectory } from '#features/workflows/index.ts'
import { isAppError } from '#platform/errors.ts'
import type { Artefact } from './item.ts'

/** What a tenant published under a name and version, and what it says of itself. */
export interface FoundArtefact extends Artefact {
  description: string
  capabilities: string[]
  price: string
  examples: MarketplaceExample[]
  inputSchema: Json
  /** Of WASM agents. */
  binary: AgentBinary | null
  /** Of workflows. */
  definition: WorkflowDefinition | null
  /** Of container images: the reference, pinned by its digest. */
  image?: string
}

/**
 * Null when there is none.
 * @throws AppError of `isIntegrityFault` where the agent is not what was signed
 */
export type FindArtefact = (
  tenantId: TenantId,
  itemType: ItemType,
  version: { name: string; version: string },
) => Promise<FoundArtefact | null>

type Agents = Pick<AgentService, 'read' | 'verify'>

/** An image stands for itself: nothing of it is in the publisher's tenant. */
export const imageArtefact = (version: { id: string; image: string }): FoundArtefact => ({
  kind: 'image',
  id: version.id,
  sha256: digestOfImage(version.image),
  bytes: null,
  description: '',
  capabilities: [],
  price: '0.000000',
  examples: [],
  inputSchema: null,
  binary: null,
  definition: null,
  image: version.image,
})

export const createArtefactSearch =
  ({
    agents,
    workflows,
  }: {
    agents: Agents
    workflows: Pick<WorkflowDirectory, 'read'>
  }): FindArtefact =>
  async (tenantId, itemType, { name, version }) => {
    const reference = `${name}@${version}`
    try {
      return itemType === 'agent'
        ? await agentArtefact(agents, tenantId, reference)
        : await workflowArtefact(workflows, tenantId, reference)
    } catch (error) {
      if (isAppError(error) && error.kind === 'not_found') return null
      throw error
    }
  }

const agentArtefact = async (
  agents: Agents,
  tenantId: TenantId,
  reference: string,
): Promise<FoundArtefact> => {
  const agent = await agents.read(tenantId, reference)
  // Nothing is vouched for that would not be run.
  await agents.verify(agent)
  const { id, binary, description, capabilities, price, examples } = agent
  return {
    kind: agent.runtime,
    id,
    sha256: binary?.sha256 ?? null,
    bytes: binary?.bytes ?? null,
    description,
    capabilities,
    price,
    examples,
    inputSchema: null,
    binary,
    definition: null,
  }
}

const workflowArtefact = async (
  workflows: Pick<WorkflowDirectory, 'read'>,
  tenantId: TenantId,
  reference: string,
): Promise<FoundArtefact> => {
  const { id, sha256, definition } = await workflows.read(tenantId, reference)
  return {
    kind: 'workflow',
    id,
    sha256,
    bytes: null,
    description: definition.description,
    capabilities: [],
    price: '0.000000',
    examples: [],
    inputSchema: (definition.trigger.schema ?? null) as Json,
    binary: null,
    definition,
  }
}
