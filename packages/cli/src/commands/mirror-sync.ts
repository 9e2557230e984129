import type { MarketplaceChange, SignedEnvelope } from '@cadre/contract'
import { openClient } from '../connection.ts'
import { CommandError } from '../failures.ts'
import { binarySha256Of, examineIndex, examineRelease, nameOf, sha256Of } from '../mirror-check.ts'
import {
  mirrorFolder,
  type MirrorFolder,
  type MirrorKey,
  type ReleaseReference,
} from '../mirror-folder.ts'
import { parsePublicKey } from '../public-key.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import { count } from '../wording.ts'

/** For one answer with its body: files may be large. */
const TIMEOUT_MS = 10 * 60_000

/**
 * `cadre mirror sync --to DIR`: brings over what is new, removes what is gone, and ends with the
 * signed index. Interrupted anywhere, it goes on from the last page that it has whole.
 */
export const syncMirror: Action<[], { to: string }> = async (
  { connection, terminal, pathOf },
  _args,
  { to },
) => {
  const client = openClient(connection, { timeoutMs: TIMEOUT_MS })
  const folder = mirrorFolder(pathOf(to))
  await folder.removeParts()
  const state = await folder.readState()
  if (state !== null && state.origin !== connection.url)
    throw new CommandError(
      'mirror.other_origin',
      `${printable(to)} mirrors ${state.origin}, not ${connection.url}. Take another folder.`,
    )
  const keys = await learnKeys(folder, (await client.registry.keys()).items)
  const done = { added: 0, removed: 0 }

  const bring = async (
    of: ReleaseReference,
    envelope: SignedEnvelope,
    fileSha256: string | null = null,
  ): Promise<void> => {
    const { fault, release } = examineRelease(envelope, of, keys)
    if (fault !== null) throw new CommandError('mirror.release_refused', `${nameOf(of)} ${fault}.`)
    // Of workflows the index says it.
    const sha256 = fileSha256 ?? (release === null ? null : binarySha256Of(release))
    if (sha256 !== null && (await folder.digestOfBlob(sha256)) !== sha256) {
      const { body } = await client.mirror.artefactRaw(of.name, of.version)
      await folder.writeBlob(sha256, body ?? emptyBody())
    }
    if ((await folder.readRelease(of))?.payload !== envelope.payload) done.added++
    await folder.writeRelease(of, envelope)
  }
  const remove = async (of: ReleaseReference): Promise<void> => {
    if ((await folder.readRelease(of)) === null) return
    await folder.removeRelease(of)
    done.removed++
  }
  const follow = async (changes: readonly MarketplaceChange[]): Promise<void> => {
    const gone = new Set(changes.filter(isTombstone).map(nameOf))
    for (const change of changes) {
      if (change.kind === 'tombstone') await remove(change)
      else if (change.release !== undefined && !gone.has(nameOf(change)))
        await bring(change, change.release).catch(unlessGone)
    }
  }

  let cursor = state?.cursor ?? null
  for (let isEnd = false; !isEnd;) {
    const page = await client.mirror.changes({ limit: 100, ...(cursor === null ? {} : { cursor }) })
    await follow(page.changes)
    cursor = page.next_cursor
    isEnd = page.is_end
    await folder.writeState({ schema: 'cadre.mirror/v1', origin: connection.url, cursor })
  }

  // The index is the whole truth at one moment: what a page left out, or happened since, follows it.
  const signed = await client.mirror.index()
  const { index, fault } = examineIndex(signed, keys)
  if (index === null) throw new CommandError('mirror.index_refused', `The index ${fault}.`)
  const wanted = new Map(index.versions.map((entry) => [nameOf(entry), entry]))
  for (const reference of await folder.listReleases())
    if (!wanted.has(nameOf(reference))) await remove(reference)
  for (const entry of index.versions) {
    const present = await folder.readRelease(entry)
    const isSame = present !== null && sha256Of(present.payload) === entry.release_sha256
    if (isSame && (entry.sha256 === null || (await folder.hasBlob(entry.sha256)))) continue
    const envelope = isSame ? present : await client.marketplace.release(entry.name, entry.version)
    await bring(entry, envelope, entry.sha256)
  }
  const files = new Set(index.versions.flatMap(({ sha256 }) => sha256 ?? []))
  for (const sha256 of await folder.listBlobs())
    if (!files.has(sha256)) await folder.removeBlob(sha256)
  await folder.writeIndex(signed)

  const versions = index.versions.length
  if (terminal.isJson) return terminal.document({ ...done, versions, cursor })
  terminal.line(
    `Mirrored ${count(versions, 'version')} to ${printable(to)}: ${done.added} new, ${done.removed} removed.`,
  )
}

const isTombstone = ({ kind }: MarketplaceChange): boolean => kind === 'tombstone'

/** Deleted since the page was made: its tombstone comes with a later one. */
const unlessGone = (error: unknown): void => {
  if ((error as { status?: unknown }).status !== 404) throw error
}

const emptyBody = async function* (): AsyncGenerator<Uint8Array> {}

/** The keys of the origin, as it says: the installation that loads the mirror trusts its own. */
const learnKeys = async (
  folder: MirrorFolder,
  listed: readonly (MirrorKey & { state: string })[],
): Promise<MirrorKey[]> => {
  const known = new Map((await folder.readKeys()).map((key) => [key.id, key]))
  for (const { id, name, public_key, state } of listed) {
    if (state === 'revoked') known.delete(id)
    else if (parsePublicKey(public_key)?.id === id) known.set(id, { id, name, public_key })
  }
  const keys = [...known.values()]
  await folder.writeKeys(keys)
  return keys
}
