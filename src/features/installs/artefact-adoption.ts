import type { MissingReference, Release, WorkflowId } from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import type { OfferedVersion, Offers } from '#features/marketplace/index.ts'
import type { Envelope, Registry } from '#features/registry/index.ts'
import type { WorkflowService } from '#features/workflows/index.ts'
import type { Tx } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import { changedMeanwhile, nameOfOwn, sourceMissing } from './install-errors.ts'
import type { InstalledArtefact } from './install.ts'
import { hintsFor } from './missing-hints.ts'

/** A version that is to be installed, with what was signed of it. */
export interface ChosenRelease {
  itemId: string
  offered: OfferedVersion
  envelope: Envelope
  release: Release
}

export interface Adoption {
  /** For the process of an agent that the tenant runs itself. */
  key: string | null
  missing: MissingReference[]
}

/** Runs in the transaction that makes the agent or workflow. */
export type WithinAdoption = (tx: Tx, artefact: InstalledArtefact) => Promise<void>

export interface AdoptionOptions {
  agents: Pick<AgentService, 'adopt' | 'findDeleted' | 'revive' | 'verifyBinary' | 'forget'>
  workflows: Pick<WorkflowService, 'adopt' | 'sourceOf'>
  offers: Offers
  registry: Pick<Registry, 'verify'>
  transaction: (by: Principal, work: (tx: Tx) => Promise<void>) => Promise<void>
}

/**
 * Makes of a release an agent or a workflow of the tenant, or brings back the one that it once was.
 * @throws AppError `install.name_taken` where the tenant itself used the name and version;
 *   `registry.signature_invalid`, `registry.key_untrusted`, `agent.binary_corrupt`,
 *   `workflow.definition_corrupt`
 */
export const createAdoption = (options: AdoptionOptions) => {
  const { agents, workflows, offers, registry } = options

  const reviveAgent = async (
    by: Principal,
    { id, chosen }: { id: Awaited<ReturnType<typeof agents.findDeleted>>; chosen: ChosenRelease },
    within: WithinAdoption,
  ): Promise<Adoption> => {
    if (id === null) throw changedMeanwhile()
    const { sha256 } = chosen.release.artefact
    if (sha256 !== null) await agents.verifyBinary({ key: sha256, sha256 })
    let key: string | null = null
    await options.transaction(by, async (tx) => {
      const revived = await agents.revive(tx, { tenantId: by.tenantId, id })
      if (revived === null) throw changedMeanwhile()
      key = revived.key
      await within(tx, { agentId: id, workflowId: null })
    })
    agents.forget()
    return { key, missing: [] }
  }
  const adoptAgent = async (
    by: Principal,
    { name, chosen }: { name: string; chosen: ChosenRelease },
    within: WithinAdoption,
  ): Promise<Adoption> => {
    const { tenantId } = by
    const { version } = chosen.offered
    const id = await agents.findDeleted(tenantId, { name, version })
    if (id !== null && (await offers.isSource({ agentId: id, tenantId, itemId: chosen.itemId })))
      return reviveAgent(by, { id, chosen }, within)
    const { key } = await agents.adopt(by, { name, release: chosen.envelope }, (tx, agent) =>
      within(tx, { agentId: agent.id, workflowId: null }),
    )
    return { key, missing: [] }
  }
  const adoptWorkflow = async (
    by: Principal,
    { name, chosen }: { name: string; chosen: ChosenRelease },
    within: WithinAdoption,
  ): Promise<Adoption> => {
    const { release, offered } = chosen
    const source =
      offered.artefactId === null
        ? null
        : await workflows.sourceOf(offered.artefactId as WorkflowId)
    const { sha256 } = release.artefact
    if (source === null || sha256 === null) throw sourceMissing()
    const { missing } = await workflows.adopt(
      by,
      { name, version: release.version, source, sha256 },
      (tx, workflow) => within(tx, { agentId: null, workflowId: workflow.id }),
    )
    return { key: null, missing: await hintsFor(missing, offers) }
  }

  return async (
    by: Principal,
    given: { name: string; chosen: ChosenRelease },
    within: WithinAdoption,
  ): Promise<Adoption> => {
    registry.verify(given.chosen.envelope)
    const { item_type: itemType } = given.chosen.release
    try {
      return await (itemType === 'agent' ? adoptAgent : adoptWorkflow)(by, given, within)
    } catch (error) {
      if (isAppError(error, 'agent.version_exists') || isAppError(error, 'workflow.version_exists'))
        throw nameOfOwn(given.name, itemType)
      throw error
    }
  }
}
