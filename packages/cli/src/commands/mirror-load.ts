import { openAsBlob } from 'node:fs'
import type { SignedEnvelope } from '@cadre/contract'
import { CadreError, type Client } from '@cadre/contract/client'
import { openClient } from '../connection.ts'
import { CommandError, EXIT_FAILED } from '../failures.ts'
import { examineMirror, nameOf, type SoundRelease } from '../mirror-check.ts'
import { mirrorFolder, type MirrorFolder } from '../mirror-folder.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import { tellFaults } from './mirror-verify.ts'

const TIMEOUT_MS = 10 * 60_000

/**
 * `cadre mirror load DIR`: gives another installation every release that is sound, then the index.
 * What is refused is told by its name, and the others go on.
 */
export const loadMirror: Action<[folder: string]> = async (
  { connection, terminal, pathOf },
  [path],
) => {
  const client = openClient(connection, { timeoutMs: TIMEOUT_MS })
  const folder = mirrorFolder(pathOf(path))
  const { sound, faults, index } = await examineMirror(folder, await folder.readKeys())
  let added = 0
  for (const one of sound) {
    try {
      if (await load(client, folder, one)) added++
    } catch (error) {
      if (!isRefusal(error)) throw error
      faults.push({ name: nameOf(one.reference), message: error.message })
    }
  }
  const envelope = index === null ? null : await folder.readIndex()
  const changed = envelope === null ? 0 : await loadIndex(client, envelope)
  const document = { added, changed, present: sound.length - added, refused: faults }
  if (terminal.isJson) terminal.document(document)
  else {
    tellFaults(faults, terminal)
    terminal.line(
      `Loaded ${printable(path)}: ${added} new, ${changed} changed, ${faults.length} refused.`,
    )
  }
  return faults.length === 0 ? 0 : EXIT_FAILED
}

/** One release is refused, and the next one may not be. */
const isRefusal = (error: unknown): error is CadreError =>
  error instanceof CadreError && [404, 409, 413, 422].includes(error.status)

/** @returns whether it was new there */
const load = async (
  client: Client,
  folder: MirrorFolder,
  { reference, envelope, sha256 }: SoundRelease,
): Promise<boolean> => {
  if (await isThere(client, { reference, envelope })) return false
  const form = formOf(envelope)
  if (sha256 !== null) form.append('binary', await openAsBlob(folder.blobPath(sha256)), sha256)
  return (await client.mirror.load(form)).changed > 0
}

/** Spares the way of files that are there. */
const isThere = async (
  client: Client,
  { reference, envelope }: Pick<SoundRelease, 'reference' | 'envelope'>,
): Promise<boolean> => {
  const present = await client.marketplace
    .release(reference.name, reference.version)
    .catch((error: unknown) => {
      if (error instanceof CadreError && error.status === 404) return null
      throw error
    })
  return present?.signature === envelope.signature && present.payload === envelope.payload
}

const loadIndex = async (client: Client, envelope: SignedEnvelope): Promise<number> => {
  try {
    return (await client.mirror.load(formOf(envelope))).changed
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw new CommandError('mirror.index_refused', `The index was refused: ${error.message}`)
  }
}

const formOf = ({ payload_type, payload, signature, key_id }: SignedEnvelope): FormData => {
  const form = new FormData()
  for (const [name, text] of Object.entries({ payload_type, payload, signature, key_id }))
    form.append(name, text)
  return form
}
