import { AgentFields, Release, RELEASE_PAYLOAD_TYPE } from '@cadre/contract'
import type { Envelope, Registry } from '#features/registry/index.ts'
import { AppError } from '#platform/errors.ts'

/** What a release says of the agent to be made. */
export interface AdoptedRelease {
  fields: AgentFields
  /** Null where the tenant runs the process itself. */
  binary: { sha256: string; bytes: number } | null
}

/**
 * Reads a release that is rightly signed by a trusted key.
 * @param name under which the agent will be known in its tenant
 * @throws AppError `registry.signature_invalid`, `registry.key_untrusted`, `agent.not_adoptable`
 */
export const readRelease = (
  registry: Pick<Registry, 'verify'>,
  { name, release }: { name: string; release: Envelope },
): AdoptedRelease => {
  registry.verify(release)
  if (release.payloadType !== RELEASE_PAYLOAD_TYPE) throw notAdoptable('is no release')
  const { artefact, ...said } = Release.parse(JSON.parse(release.payload))
  if (artefact.kind === 'workflow') throw notAdoptable('is a workflow')
  const { version, description, capabilities, price } = said
  const examples = said.examples.map(({ title, input }) => ({ title, input }))
  const fields = AgentFields.parse({ name, version, description, capabilities, price, examples })
  if (artefact.kind !== 'wasm') return { fields, binary: null }
  const { sha256, bytes } = artefact
  if (sha256 === null || bytes === null) throw notAdoptable('names no binary')
  return { fields, binary: { sha256, bytes } }
}

const notAdoptable = (why: string) =>
  new AppError({
    kind: 'conflict',
    code: 'agent.not_adoptable',
    publicMessage: `What was signed ${why}; no agent can be made of it.`,
  })
