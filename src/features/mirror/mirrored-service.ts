import {
  INDEX_PAYLOAD_TYPE,
  MarketplaceIndex,
  PublishItem,
  Release,
  RELEASE_PAYLOAD_TYPE,
  type Mirrored,
} from '@cadre/contract'
import type { z } from 'zod'
import type { MirroredVersions } from '#features/marketplace/index.ts'
import { envelopeOf, type Envelope, type Registry } from '#features/registry/index.ts'
import type { WorkflowService } from '#features/workflows/index.ts'
import type { StagedBlob } from '#platform/blobs/blobs.ts'
import { isAppError } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import { invalidRequest } from '#platform/web/router.ts'
import {
  binaryMismatch,
  binaryMissing,
  fieldMissing,
  ownRelease,
  payloadTypeUnknown,
  payloadUnreadable,
  signatureMalformed,
  sourceMismatch,
  sourceTooLarge,
} from './mirror-errors.ts'

export interface MirroredServiceOptions {
  registry: Pick<Registry, 'verify' | 'originOf'>
  versions: MirroredVersions
  workflows: Pick<WorkflowService, 'adopt'>
}

type Fields = Readonly<Record<string, string>>
export type MirroredService = ReturnType<typeof createMirroredService>

/** The source of a workflow is held in memory while it is read. */
const SOURCE_BYTES_MAX = 4 * 1_048_576

/** Takes what another installation released, as far as its key is trusted here. */
export const createMirroredService = ({
  registry,
  versions,
  workflows,
}: MirroredServiceOptions) => {
  const keep = async (by: Principal, id: string, release: Release, file: StagedBlob | null) => {
    const { kind, sha256, bytes } = release.artefact
    const artefact = { ...release.artefact, id }
    // Images and remote agents have no file here.
    if (sha256 === null || (kind !== 'wasm' && kind !== 'workflow')) return artefact
    if (file === null) throw binaryMissing(sha256)
    if (kind === 'workflow') {
      const { name, version } = release
      const given = { name, version, source: sourceFrom(await textIn(file)), sha256 }
      const { workflow } = await workflows
        .adopt(by, given, async () => {})
        .catch((error: unknown) => {
          throw isAppError(error, 'workflow.definition_corrupt') ? sourceMismatch(sha256) : error
        })
      return { ...artefact, id: workflow.id }
    }
    if (file.sha256 !== sha256 || (bytes !== null && file.bytes !== bytes))
      throw binaryMismatch(sha256, file.sha256)
    await file.keep()
    return artefact
  }
  const takeRelease = async (
    by: Principal,
    { envelope, origin, file }: { envelope: Envelope; origin: string; file: StagedBlob | null },
  ): Promise<Mirrored> => {
    const release = releaseIn(envelope.payload)
    const { name, version } = release
    const isNew = await versions.add(by, { envelope, release, origin }, (id) =>
      keep(by, id, release, file),
    )
    return { kind: 'release', name, version, origin, changed: isNew ? 1 : 0 }
  }

  return {
    /**
     * A release with its file, or an index. Idempotent.
     * @throws AppError `registry.signature_invalid`, `registry.key_untrusted`; 409 where the name
     *   belongs to somebody else; 422 naming the field
     */
    take: async (by: Principal, fields: Fields, file: StagedBlob | null): Promise<Mirrored> => {
      const envelope = envelopeIn(fields)
      registry.verify(envelope)
      const origin = registry.originOf(envelope.keyId)
      if (origin === null) throw ownRelease()
      if (envelope.payloadType === RELEASE_PAYLOAD_TYPE)
        return takeRelease(by, { envelope, origin, file })
      if (envelope.payloadType !== INDEX_PAYLOAD_TYPE)
        throw payloadTypeUnknown([RELEASE_PAYLOAD_TYPE, INDEX_PAYLOAD_TYPE])
      const index = parsed(MarketplaceIndex, envelope.payload)
      if (index === null) throw payloadUnreadable('index')
      const changed = await versions.applyIndex(by, origin, index)
      return { kind: 'index', name: null, version: null, origin, changed }
    },
  }
}

const envelopeIn = (fields: Fields): Envelope => {
  const { payload_type, payload, signature, key_id } = fields
  if (payload_type === undefined) throw fieldMissing('payload_type')
  if (payload === undefined) throw fieldMissing('payload')
  if (signature === undefined) throw fieldMissing('signature')
  if (key_id === undefined) throw fieldMissing('key_id')
  const envelope = envelopeOf({ payload_type, payload, signature, key_id })
  if (envelope === null) throw signatureMalformed()
  return envelope
}

/** Whoever signed it: it is listed within the bounds of what is published here. */
const releaseIn = (payload: string): Release => {
  const release = parsed(Release, payload)
  if (release === null) throw payloadUnreadable('release')
  const { item_type, name, version, description, readme, changelog } = release
  const { licence, icon, tags, capabilities, examples, price } = release
  const given = { item_type, name, version, description, readme, changelog, tags, capabilities }
  const bounded = PublishItem.safeParse({
    ...given,
    examples,
    price,
    ...(licence === null ? {} : { licence }),
    ...(icon === null ? {} : { icon }),
    ...(release.artefact.image === undefined ? {} : { image: release.artefact.image }),
  })
  if (!bounded.success) throw invalidRequest(bounded.error)
  return release
}

const parsed = <Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): z.output<Schema> | null => {
  try {
    const result = schema.safeParse(JSON.parse(text))
    return result.success ? result.data : null
  } catch {
    return null
  }
}

/** JSON is YAML as well, but is read with less ado. */
const sourceFrom = (text: string) => ({
  text,
  format: text.trimStart().startsWith('{') ? ('json' as const) : ('yaml' as const),
})

const textIn = async (file: StagedBlob): Promise<string> => {
  if (file.bytes > SOURCE_BYTES_MAX) throw sourceTooLarge(SOURCE_BYTES_MAX)
  return Buffer.concat(await file.open().toArray()).toString('utf8')
}
