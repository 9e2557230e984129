import type { WorkflowId } from '@cadre/contract'
import { Readable } from 'node:stream'
import type { AgentService } from '#features/agents/index.ts'
import type { VersionService } from '#features/marketplace/index.ts'
import type { WorkflowDirectory } from '#features/workflows/index.ts'
import type { Blobs } from '#platform/blobs/blobs.ts'
import { artefactAbsent } from './mirror-errors.ts'

type Version = Awaited<ReturnType<VersionService['visible']>>

export interface Artefact {
  sha256: string
  mediaType: string
  fileName: string
  /** Where the client gets it itself; else it is opened here. */
  address: string | null
  open: () => Promise<{ content: Readable; bytes: number }>
}

export interface ArtefactDownloadOptions {
  blobs: Blobs
  agents: Pick<AgentService, 'verifyBinary'>
  workflows: Pick<WorkflowDirectory, 'load'>
}

const ADDRESS_SECONDS = 300

/**
 * What a version lists: the binary of an agent, or the definition of a workflow in the form whose
 * digest was signed.
 * @throws AppError `marketplace.no_artefact`, `agent.binary_corrupt`
 */
export const findArtefactOf = async (
  version: Version,
  { blobs, agents, workflows }: ArtefactDownloadOptions,
): Promise<Artefact> => {
  const { artefact } = version
  const sha256 = artefact?.sha256 ?? null
  if (artefact === null || sha256 === null) throw artefactAbsent(artefact?.kind ?? 'unknown')
  const name = `${version.name}-${version.version}`
  if (artefact.kind === 'workflow') {
    const { definition } = await workflows.load(artefact.id as WorkflowId)
    const text = Buffer.from(JSON.stringify(definition))
    return {
      sha256,
      mediaType: 'application/json',
      fileName: `${name}.json`,
      address: null,
      open: async () => ({ content: Readable.from([text]), bytes: text.length }),
    }
  }
  await agents.verifyBinary({ key: sha256, sha256 })
  const fileName = `${name}.wasm`
  return {
    sha256,
    mediaType: 'application/wasm',
    fileName,
    address: await blobs.address(sha256, { expiresSeconds: ADDRESS_SECONDS, fileName }),
    open: () => blobs.open(sha256),
  }
}
