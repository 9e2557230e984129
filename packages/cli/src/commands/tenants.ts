import type { Tenant } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { findTenant } from '../tenant-reference.ts'
import { relativeTime } from '../wording.ts'

/** `cadre tenants` */
export const listTenants: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.tenants.list)
  if (terminal.isJson) return terminal.document(found)
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'tenant')
}

const COLUMNS: Column<Tenant>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'WEIGHT', value: ({ weight }) => String(weight) },
  { title: 'CREATED', value: ({ created_at: at }) => relativeTime(at) },
  { title: 'ID', value: ({ id }) => id },
  { title: 'REASON', value: ({ status_reason: reason }) => reason ?? '', isFlexible: true },
]

interface CreateOptions {
  admin: string
  displayName?: string
  weight?: number
}

/** `cadre tenants create NAME`: the key alone goes to stdout. */
export const createTenant: Action<[name: string], CreateOptions> = async (
  { client, terminal },
  [name],
  { admin, displayName, weight },
) => {
  const created = await client.tenants.create({
    name,
    display_name: displayName,
    weight,
    admin: { name: admin },
  })
  if (terminal.isJson) return terminal.document(created)
  const { tenant } = created
  terminal.note(`Tenant ${printable(tenant.name)} is ${tenant.id}.`)
  terminal.note(`The key of its administrator ${printable(created.admin.name)}, shown only now:`)
  terminal.line(created.admin.key)
}

/** `cadre tenants suspend NAME|ID --reason TEXT` */
export const suspendTenant: Action<[tenant: string], { reason: string }> = async (
  { client, terminal },
  [reference],
  { reason },
) => {
  const tenant = await client.tenants.suspend((await findTenant(client, reference)).id, reason)
  if (terminal.isJson) return terminal.document(tenant)
  terminal.line(`Tenant ${printable(tenant.name)} is suspended.`)
}

/** `cadre tenants resume NAME|ID` */
export const resumeTenant: Action<[tenant: string]> = async ({ client, terminal }, [reference]) => {
  const tenant = await client.tenants.resume((await findTenant(client, reference)).id)
  if (terminal.isJson) return terminal.document(tenant)
  terminal.line(`Tenant ${printable(tenant.name)} goes on.`)
}

/** `cadre tenants delete NAME|ID --confirm NAME` */
export const deleteTenant: Action<[tenant: string], { confirm: string }> = async (
  { client, terminal },
  [reference],
  { confirm },
) => {
  const tenant = await client.tenants.remove((await findTenant(client, reference)).id, confirm)
  if (terminal.isJson) return terminal.document(tenant)
  terminal.line(`Tenant ${printable(tenant.name)} is being deleted.`)
}
