import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { SignedEnvelope } from '@cadre/contract'
import type { Client } from '@cadre/contract/client'
import type { Check } from '../check.ts'
import { tellChecks } from '../check-lines.ts'
import { CommandError, EXIT_FAILED, usageError } from '../failures.ts'
import { parsePublicKey, readPublicKey, type PublicKey } from '../public-key.ts'
import { checkBinary, checkIdentity, checkSignature, parseRelease } from '../release-check.ts'
import type { Action } from '../session.ts'

interface Options {
  file?: string
  publicKey?: string
}

/**
 * `cadre verify ITEM@VERSION`: everything is computed here; the server only hands over the text,
 * the signature and, unless one is given, the key.
 */
export const verifyRelease: Action<[reference: string], Options> = async (
  session,
  [reference],
  { file, publicKey },
) => {
  const { client, terminal, pathOf } = session
  const asked = parseReference(reference)
  const given = publicKey === undefined ? null : await readPublicKey(publicKey, session)
  const envelope = await client.marketplace.release(asked.name, asked.version)
  const { check: keyCheck, key } = await keyFor(client, envelope, given)
  const release = parseRelease(String(envelope.payload))
  const checks: Check[] = [
    keyCheck,
    ...(key === null ? [] : [checkSignature(envelope, key)]),
    checkIdentity(release, asked),
    file === undefined ? NO_FILE : checkBinary(release, await digestOf(pathOf(file), file)),
  ]
  const isSound = checks.every(({ status }) => status !== 'fail')
  if (terminal.isJson) terminal.document({ ok: isSound, checks, release })
  else tellChecks(checks, terminal)
  return isSound ? 0 : EXIT_FAILED
}

const NO_FILE: Check = {
  name: 'binary',
  status: 'warn',
  detail: 'not looked at',
  mend: 'Give the one that you have with --file.',
}

const parseReference = (reference: string): { name: string; version: string } => {
  const at = reference.lastIndexOf('@')
  if (at < 1 || at === reference.length - 1)
    throw usageError(`"${reference}" names no version. Write it as word-count@1.2.0.`)
  return { name: reference.slice(0, at), version: reference.slice(at + 1) }
}

/** The key that is trusted, and whether it is the one that the release names. */
const keyFor = async (
  client: Client,
  envelope: SignedEnvelope,
  given: PublicKey | null,
): Promise<{ check: Check; key: PublicKey | null }> => {
  const name = 'key'
  if (given !== null) {
    const isNamed = given.id === envelope.key_id
    const detail = isNamed
      ? `${given.id}, the one that you gave`
      : `signed by ${String(envelope.key_id)}, but you gave ${given.id}`
    return { check: { name, status: isNamed ? 'ok' : 'fail', detail }, key: given }
  }
  const { items } = await client.registry.keys()
  const listed = items.find(({ id }) => id === envelope.key_id)
  const key = listed === undefined ? null : parsePublicKey(listed.public_key)
  if (listed === undefined || key === null || key.id !== listed.id) {
    const detail = `${String(envelope.key_id)} is none that the server knows`
    return { check: { name, status: 'fail', detail }, key: null }
  }
  if (listed.state === 'revoked') {
    const detail = `${listed.id} (${listed.name}) was revoked at ${String(listed.revoked_at)}`
    return { check: { name, status: 'fail', detail }, key }
  }
  const check: Check = {
    name,
    status: 'warn',
    detail: `${listed.id} (${listed.name}), as the server says`,
    mend: 'Give the key that you trust with --public-key, to trust no server.',
  }
  return { check, key }
}

const digestOf = async (path: string, name: string): Promise<{ sha256: string; bytes: number }> => {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError('cli.bad_file', `${name} cannot be read: ${why}.`, { cause })
  }
  return { sha256: hash.digest('hex'), bytes }
}
