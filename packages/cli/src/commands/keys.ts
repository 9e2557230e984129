import type { ApiKey, CreatedApiKey } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import { findServiceAccount } from '../service-account-reference.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { relativeTime } from '../wording.ts'

interface ListOptions {
  all?: true
  of?: string
  limit: number
}

/** `cadre keys` */
export const listKeys: Action<[], ListOptions> = async (
  { client, terminal },
  _args,
  { all, of, limit },
) => {
  const whose = of ?? (all ? 'all' : 'me')
  const found = await collectPages(limit, (page) => client.keys.list({ of: whose, ...page }))
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There is no key.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'key')
}

const COLUMNS: Column<ApiKey>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'PREFIX', value: ({ prefix }) => prefix },
  { title: 'OF', value: ({ principal_name: name }) => name },
  { title: 'SCOPES', value: ({ scopes }) => scopes?.join(', ') ?? 'all' },
  {
    title: 'ENDS',
    value: ({ expires_at: at }) => (at === null ? 'never' : relativeTime(at)),
  },
  {
    title: 'LAST USED',
    value: ({ last_used_at: at }) => (at === null ? 'never' : relativeTime(at)),
  },
  { title: 'LABEL', value: ({ label }) => label, isFlexible: true },
]

interface CreateOptions {
  scope: string[]
  until?: string
  serviceAccount?: string
}

/** `cadre keys create LABEL`: the key alone goes to stdout. */
export const createKey: Action<[label: string], CreateOptions> = async (
  { client, terminal },
  [label],
  { scope, until, serviceAccount },
) => {
  const account =
    serviceAccount === undefined ? null : await findServiceAccount(client, serviceAccount)
  const created = await client.keys.create({
    label,
    scopes: scope.length > 0 ? scope : undefined,
    expires_at: until,
    service_account_id: account?.id,
  })
  tell(terminal, created)
}

/** `cadre keys rotate ID` */
export const rotateKey: Action<[id: string], { overlap: number }> = async (
  { client, terminal },
  [id],
  { overlap },
) => tell(terminal, await client.keys.rotate(id, { overlap_seconds: overlap }))

const tell = (terminal: Terminal, created: CreatedApiKey): void => {
  if (terminal.isJson) return terminal.document(created)
  const { id, principal_name: name } = created.api_key
  terminal.note(`Key ${id} of ${printable(name)}, shown only now:`)
  terminal.line(created.key)
}

/** `cadre keys revoke ID` */
export const revokeKey: Action<[id: string]> = async ({ client, terminal }, [id]) => {
  await client.keys.revoke(id)
  if (!terminal.isJson) terminal.line(`The key ${printable(id)} is revoked.`)
}
