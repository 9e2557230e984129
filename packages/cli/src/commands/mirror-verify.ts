import { EXIT_FAILED } from '../failures.ts'
import { examineMirror, type Fault } from '../mirror-check.ts'
import { mirrorFolder, type MirrorFolder, type MirrorKey } from '../mirror-folder.ts'
import { printable } from '../printable.ts'
import { readPublicKey } from '../public-key.ts'
import type { Action, Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { count } from '../wording.ts'

/** `cadre mirror verify DIR`: without any server. */
export const verifyMirror: Action<[folder: string], { publicKey?: string[] }> = async (
  session,
  [path],
  { publicKey },
) => {
  const { terminal } = session
  const folder = mirrorFolder(session.pathOf(path))
  const { sound, faults } = await examineMirror(folder, await keysFor(session, folder, publicKey))
  if (terminal.isJson) terminal.document({ ok: faults.length === 0, sound: sound.length, faults })
  else {
    tellFaults(faults, terminal)
    terminal.line(`${count(sound.length, 'version')} sound, ${faults.length} not.`)
  }
  return faults.length === 0 ? 0 : EXIT_FAILED
}

export const tellFaults = (faults: readonly Fault[], terminal: Terminal): void => {
  for (const { name, message } of faults)
    terminal.line(`${terminal.paint('red', 'refused')} ${printable(name)} ${printable(message)}`)
}

/** Those that are trusted, or else those that the mirror brought along. */
const keysFor = async (
  session: Session,
  folder: MirrorFolder,
  trusted: readonly string[] | undefined,
): Promise<MirrorKey[]> => {
  const brought = await folder.readKeys()
  if (trusted === undefined) return brought
  const keys = await Promise.all(trusted.map((key) => readPublicKey(key, session)))
  const ids = new Set(keys.map(({ id }) => id))
  return brought.filter(({ id }) => ids.has(id))
}
