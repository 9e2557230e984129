import type { Role } from '@cadre/contract'
import { showTable } from '../list-display.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'

/** `cadre roles` */
export const listRoles: Action = async ({ client, terminal }) => {
  const found = await client.roles.list()
  if (terminal.isJson) return terminal.document(found)
  showTable(terminal, found.items, COLUMNS)
}

const COLUMNS: Column<Role>[] = [
  { title: 'ROLE', value: ({ name }) => name },
  { title: 'KIND', value: (role) => (role.is_built_in ? 'built in' : 'own') },
  { title: 'INHERITS', value: ({ inherits }) => inherits.join(', ') || '–' },
  { title: 'ACTIONS', value: ({ actions }) => String(actions.length), isRight: true },
  { title: 'DESCRIPTION', value: ({ description }) => description, isFlexible: true },
]

interface RoleOptions {
  permit: string[]
  inherit: string[]
  description?: string
}

/** `cadre roles set NAME`: replaces what the role permits, or makes it. */
export const setRole: Action<[name: string], RoleOptions> = async (
  { client, terminal },
  [name],
  { permit, inherit, description },
) => {
  const known = (await client.roles.list()).items.find((role) => role.name === name)
  const body = {
    description: description ?? known?.description,
    inherits: inherit,
    permissions: permit.length === 0 ? [] : [{ actions: permit }],
  }
  const role =
    known === undefined
      ? await client.roles.create({ name, ...body })
      : await client.roles.replace(name, body)
  if (terminal.isJson) return terminal.document(role)
  terminal.line(`The role ${printable(name)} permits: ${role.actions.join(', ') || 'nothing'}.`)
}

/** `cadre roles delete NAME` */
export const deleteRole: Action<[name: string]> = async ({ client, terminal }, [name]) => {
  await client.roles.remove(name)
  if (!terminal.isJson) terminal.line(`The role ${printable(name)} is deleted.`)
}
