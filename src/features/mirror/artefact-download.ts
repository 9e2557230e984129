import type { WorkflowId } from '@cadre/contract'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { AgentService } from '#features/agents/index.ts'
import type { VersionService } from '#features/marketplace/index.ts'
import type { WorkflowService } from '#features/workflows/index.ts'
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
  workflows: Pick<WorkflowService, 'sourceOf'>
}

const ADDRESS_SECONDS = 300

/**
 * What a version lists: the binary of an agent, or the source of a workflow, which whoever reads
 * it compares with the digest of the definition that was signed.
 * @throws AppError `marketplace.no_artefact`, `agent.binary_corrupt`
 */
export const findArtefactOf = async (
  version: Version,
  { blobs, agents, workflows }: ArtefactDownloadOptions,
): Promise<Artefact> => {
  const { artefact } = version
  const sha256 = artefact?.sha256 ?? null
  const hasFile = artefact?.kind === 'wasm' || artefact?.kind === 'workflow'
  if (artefact === null || sha256 === null || !hasFile)
    throw artefactAbsent(artefact?.kind ?? 'unknown')
  const name = `${version.name}-${version.version}`
  if (artefact.kind === 'workflow') {
    const source = await workflows.sourceOf(artefact.id as WorkflowId)
    if (source === null) throw artefactAbsent('workflow')
    const text = Buffer.from(source.text)
    return {
      sha256: createHash('sha256').update(text).digest('hex'),
      mediaType: `application/${source.format}`,
      fileName: `${name}.${source.format}`,
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
