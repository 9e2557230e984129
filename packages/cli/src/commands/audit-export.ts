import { open } from 'node:fs/promises'
import { verifyAuditFile } from '../audit-file.ts'
import { tellVerdict } from '../audit-verdict.ts'
import { CommandError } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'

/** `cadre audit export FILE`: an earlier export is evidence, so none is ever written over. */
export const exportAudit: Action<[file: string]> = async ({ client, terminal, pathOf }, [path]) => {
  const response = await client.audit.exportRaw()
  const file = await open(pathOf(path), 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'exists already' : `cannot be written: ${cause.message}`
    throw new CommandError('cli.bad_output', `${path} ${why}.`, { cause })
  })
  try {
    for await (const chunk of response.body ?? []) await file.write(chunk)
  } finally {
    await file.close()
  }
  terminal.note(`Exported to ${printable(path)}.`)
  return tellVerdict(await verifyAuditFile(pathOf(path), path), terminal)
}
