import type { Agent, PublishedAgent, Workflow } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { uploadAgent } from '../agent-upload.ts'
import { CommandError } from '../failures.ts'
import type { Session } from '../session.ts'
import { agentDifferences } from './differences.ts'
import type { LoadedManifest, ManifestArtefact } from './load-manifest.ts'

/** What became of the agent or workflow in one's own tenant. */
export interface PublishedArtefact {
  kind: ManifestArtefact['kind']
  /** Null for an image, which is listed only. */
  id: string | null
  /** The very same was there before. */
  wasThere: boolean
  /** Of a remote agent that was registered now; it is shown only once. */
  key?: string
}

/**
 * Publishes what a manifest names in the tenant of the key. What is there already and the very
 * same is left alone.
 * @throws CommandError where the version is there and differs
 */
export const publishArtefact = async (
  session: Session,
  manifest: LoadedManifest,
): Promise<PublishedArtefact> => {
  const { artefact } = manifest
  if (artefact.kind === 'image') return { kind: 'image', id: null, wasThere: false }
  return artefact.kind === 'workflow'
    ? publishWorkflow(session, manifest, artefact.source)
    : publishAgent(session, manifest, artefact)
}

type AgentArtefact = Extract<ManifestArtefact, { kind: 'wasm' | 'remote' }>

const publishAgent = async (
  session: Session,
  manifest: LoadedManifest,
  artefact: AgentArtefact,
): Promise<PublishedArtefact> => {
  const { kind } = artefact
  const given = agentFieldsOf(manifest)
  const sha256 = artefact.kind === 'wasm' ? artefact.sha256 : null
  const there = await unlessAbsent<Agent>(session.client.agents.get(referenceOf(manifest)))
  if (there !== null) {
    const differences = agentDifferences({ ...given, runtime: kind }, { sha256 }, there)
    if (differences.length > 0) throw versionDiffers(manifest, 'agent', differences)
    return { kind, id: there.id, wasThere: true }
  }
  const agent = await sendAgent(session, manifest, artefact)
  if (agent.binary_sha256 !== sha256)
    throw new CommandError('cli.file_changed', 'The binary changed while it was published.')
  return {
    kind,
    id: agent.id,
    wasThere: false,
    ...(agent.key === undefined ? {} : { key: agent.key }),
  }
}

const sendAgent = (
  session: Session,
  manifest: LoadedManifest,
  artefact: AgentArtefact,
): Promise<PublishedAgent> => {
  const { name, version } = manifest.document
  const { description, capabilities, price, examples } = agentFieldsOf(manifest)
  if (artefact.kind === 'remote')
    return session.client.agents.register({
      runtime: 'remote',
      name,
      version,
      description,
      capabilities,
      price,
      examples,
    })
  return uploadAgent(session, {
    fields: {
      name,
      version,
      description,
      price,
      capabilities: JSON.stringify(capabilities),
      examples: JSON.stringify(examples),
    },
    path: artefact.path,
    bytes: artefact.bytes,
  })
}

/** As agents have them: what examples are said to answer is of the listing only. */
const agentFieldsOf = ({ document, listing }: LoadedManifest) => ({
  description: document.description ?? '',
  capabilities: document.capabilities ?? [],
  price: document.price ?? '0.000000',
  examples: (listing.examples ?? []).map(({ title, input }) => ({ title, input })),
})

const publishWorkflow = async (
  { client }: Session,
  manifest: LoadedManifest,
  source: string,
): Promise<PublishedArtefact> => {
  const there = await unlessAbsent<Workflow>(client.workflows.get(referenceOf(manifest)))
  if (there !== null) {
    if (there.source !== source) throw versionDiffers(manifest, 'workflow', ['definition'])
    return { kind: 'workflow', id: there.id, wasThere: true }
  }
  const { id } = await client.workflows.publish({ source })
  return { kind: 'workflow', id, wasThere: false }
}

export const referenceOf = ({ document }: LoadedManifest): string =>
  `${document.name}@${document.version}`

/** Null where there is no such thing. */
export const unlessAbsent = async <Found>(asked: Promise<Found>): Promise<Found | null> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CadreError && error.status === 404) return null
    throw error
  }
}

export const versionDiffers = (
  { document, file }: LoadedManifest,
  what: 'agent' | 'workflow' | 'listing',
  fields: readonly string[],
): CommandError =>
  new CommandError(
    'cli.version_differs',
    `The ${what} ${document.name} ${document.version} was published before, and differs in ${fields.join(', ')}. Versions never change: raise \`version\` in ${file}.`,
    { details: fields.map((field) => ({ field, message: 'differs from what was published' })) },
  )
