import { createHash, verify } from 'node:crypto'
import type { MarketplaceIndex, Release, SignedEnvelope } from '@cadre/contract'
import { signedBytes } from '@cadre/contract/signed-bytes'
import type { MirrorFolder, MirrorKey, ReleaseReference } from './mirror-folder.ts'
import { parsePublicKey } from './public-key.ts'
import { checkIdentity, checkSignature, parseRelease } from './release-check.ts'

export const INDEX_TYPE = 'application/vnd.cadre.index+json'

export interface Fault {
  /** The release, or the file. */
  name: string
  message: string
}

export const nameOf = ({ name, version }: ReleaseReference): string => `${name}@${version}`

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Whether the envelope is the release of that name, signed by one of the keys. */
export const examineRelease = (
  envelope: SignedEnvelope,
  asked: ReleaseReference,
  keys: readonly MirrorKey[],
): { fault: string | null; release: Partial<Release> | null } => {
  const listed = keys.find(({ id }) => id === envelope.key_id)
  const key = listed === undefined ? null : parsePublicKey(listed.public_key)
  if (key === null || key.id !== envelope.key_id)
    return {
      fault: `is signed by ${envelope.key_id}, which is no key of this mirror`,
      release: null,
    }
  const release = parseRelease(envelope.payload)
  const checks = [checkSignature(envelope, key), checkIdentity(release, asked)]
  const failed = checks.find(({ status }) => status === 'fail')
  return { fault: failed ? `${failed.name} ${failed.detail}` : null, release }
}

/** The index, if one of the keys signed it. */
export const examineIndex = (
  envelope: SignedEnvelope,
  keys: readonly MirrorKey[],
): { fault: string; index: null } | { fault: null; index: MarketplaceIndex } => {
  const listed = keys.find(({ id }) => id === envelope.key_id)
  const key = listed === undefined ? null : parsePublicKey(listed.public_key)
  const refusal = (fault: string) => ({ fault, index: null })
  if (key === null || key.id !== envelope.key_id)
    return refusal(`is signed by ${envelope.key_id}, which is no key of this mirror`)
  const signature = Buffer.from(envelope.signature, 'base64')
  const isRight =
    envelope.payload_type === INDEX_TYPE &&
    verify(null, signedBytes(INDEX_TYPE, envelope.payload), key.key, signature)
  if (!isRight) return refusal(`is not what the key ${key.id} signed`)
  try {
    const index = JSON.parse(envelope.payload) as MarketplaceIndex
    return index.schema === 'cadre.index/v1' && Array.isArray(index.versions)
      ? { fault: null, index }
      : refusal('is no index of a kind that is known here')
  } catch {
    return refusal('is no index of a kind that is known here')
  }
}

export interface SoundRelease {
  reference: ReleaseReference
  envelope: SignedEnvelope
  /** Of its file; null where it has none. */
  sha256: string | null
}

export interface Examination {
  index: MarketplaceIndex | null
  sound: SoundRelease[]
  faults: Fault[]
}

/** Of the binary that was signed; null for what has none. */
export const binarySha256Of = ({ artefact }: Partial<Release>): string | null =>
  artefact?.kind === 'wasm' ? artefact.sha256 : null

/** Looks at every file of a mirror: what is sound, and what is wrong with the others, by name. */
export const examineMirror = async (
  folder: MirrorFolder,
  keys: readonly MirrorKey[],
): Promise<Examination> => {
  const sound: SoundRelease[] = []
  const faults: Fault[] = []
  const envelope = await folder.readIndex()
  const examined =
    envelope === null
      ? { fault: 'is absent: run `cadre mirror sync` to its end', index: null }
      : examineIndex(envelope, keys)
  if (examined.fault !== null) faults.push({ name: 'index.json', message: examined.fault })
  const listed = new Map((examined.index?.versions ?? []).map((entry) => [nameOf(entry), entry]))
  for (const reference of await folder.listReleases()) {
    const name = nameOf(reference)
    const fault = await faultOf(folder, reference, keys, listed.get(name))
    listed.delete(name)
    if (typeof fault === 'string') faults.push({ name, message: fault })
    else sound.push(fault)
  }
  for (const name of listed.keys())
    faults.push({ name, message: 'is in the index, and its release is absent' })
  return { index: examined.index, sound, faults }
}

const faultOf = async (
  folder: MirrorFolder,
  reference: ReleaseReference,
  keys: readonly MirrorKey[],
  entry: MarketplaceIndex['versions'][number] | undefined,
): Promise<string | SoundRelease> => {
  const envelope = await folder.readRelease(reference).catch(() => null)
  if (envelope === null) return 'its release cannot be read'
  const { fault, release } = examineRelease(envelope, reference, keys)
  if (fault !== null || release === null) return fault ?? 'is no release'
  if (entry !== undefined && entry.release_sha256 !== sha256Of(envelope.payload))
    return 'is another release than the one in the index'
  const binarySha256 = binarySha256Of(release)
  const sha256 = binarySha256 ?? entry?.sha256 ?? null
  if (sha256 !== null) {
    const found = await folder.digestOfBlob(sha256)
    if (found === null) return `its file ${folder.shown(folder.blobPath(sha256))} is absent`
    if (found !== sha256)
      return `its file ${folder.shown(folder.blobPath(sha256))} was changed: SHA-256 is ${found}`
  }
  return { reference, envelope, sha256 }
}
