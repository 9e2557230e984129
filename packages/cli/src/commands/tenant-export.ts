import { open } from 'node:fs/promises'
import { CommandError } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import { findTenant } from '../tenant-reference.ts'
import { count } from '../wording.ts'

const TAIL_BYTES = 65_536

/** `cadre tenants export NAME|ID FILE`: nothing is ever written over. */
export const exportTenant: Action<[tenant: string, file: string]> = async (
  { client, terminal, pathOf },
  [reference, path],
) => {
  const tenant = await findTenant(client, reference)
  const response = await client.tenants.exportRaw(tenant.id)
  const file = await open(pathOf(path), 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'exists already' : `cannot be written: ${cause.message}`
    throw new CommandError('cli.bad_output', `${path} ${why}.`, { cause })
  })
  let tail = ''
  try {
    const text = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      await file.write(chunk)
      tail = (tail + text.decode(chunk, { stream: true })).slice(-TAIL_BYTES)
    }
  } finally {
    await file.close()
  }
  const rows = rowsOf(tail)
  if (rows === null)
    throw new CommandError('cli.cut_off', `${path} is not whole: the export was cut off.`)
  if (terminal.isJson) return terminal.document({ file: path, rows })
  const total = Object.values(rows).reduce((sum, number) => sum + number, 0)
  terminal.line(`${count(total, 'row')} exported to ${printable(path)}.`)
}

/** The last line tells how many rows of each table went before it. */
const rowsOf = (tail: string): Record<string, number> | null => {
  const last = tail.trimEnd().split('\n').at(-1) ?? ''
  try {
    const { manifest } = JSON.parse(last) as { manifest?: { rows: Record<string, number> } }
    return manifest?.rows ?? null
  } catch {
    return null
  }
}
