import type { Grant } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'
import { typeOf } from './access-explain.ts'

interface ListOptions {
  principal?: string
  role?: string
  limit: number
}

/** `cadre grants` */
export const listGrants: Action<[], ListOptions> = async (
  { client, terminal },
  _args,
  { principal: principal_id, role, limit },
) => {
  const found = await collectPages(limit, (page) =>
    client.grants.list({ principal_id, role, ...page }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There is no grant.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'grant')
}

const COLUMNS: Column<Grant>[] = [
  { title: 'ID', value: ({ id }) => id },
  {
    title: 'TO',
    value: ({ role, principal_name: name, principal_id: id }) =>
      role === null ? (name ?? id ?? '') : `role ${role}`,
  },
  { title: 'PERMITS', value: ({ actions }) => actions.join(', ') },
  { title: 'ON', value: ({ resource }) => `${resource.type} ${resource.id}` },
  {
    title: 'ENDS',
    value: ({ expires_at: at, is_expired: isOver }) =>
      at === null ? 'never' : isOver ? 'ended' : relativeTime(at),
  },
  { title: 'REASON', value: ({ reason }) => reason, isFlexible: true },
]

interface AddOptions {
  permit: string[]
  to?: string
  toRole?: string
  until?: string
  reason: string
}

/** `cadre grants add TYPE ID` */
export const addGrant: Action<[type: string, id: string], AddOptions> = async (
  { client, terminal },
  [type, id],
  { permit, to, toRole, until, reason },
) => {
  const grant = await client.grants.create({
    principal_id: to,
    role: toRole,
    actions: permit,
    resource: { type: typeOf(type), id },
    expires_at: until,
    reason,
  })
  if (terminal.isJson) return terminal.document(grant)
  terminal.line(`Granted: ${grant.id}`)
}

/** `cadre grants withdraw ID` */
export const withdrawGrant: Action<[id: string]> = async ({ client, terminal }, [id]) => {
  await client.grants.remove(id)
  if (!terminal.isJson) terminal.line(`The grant ${printable(id)} is withdrawn.`)
}
