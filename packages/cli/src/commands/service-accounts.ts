import type { ChangeServiceAccount, ServiceAccount } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import { findServiceAccount } from '../service-account-reference.ts'
import type { Action, Session } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre service-accounts` */
export const listServiceAccounts: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.serviceAccounts.list)
  if (terminal.isJson) return terminal.document(found)
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'account')
}

const COLUMNS: Column<ServiceAccount>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'STATUS', value: ({ is_disabled: isDisabled }) => (isDisabled ? 'disabled' : 'active') },
  { title: 'CREATED', value: ({ created_at: at }) => relativeTime(at) },
  { title: 'ID', value: ({ id }) => id, isFlexible: true },
]

/** `cadre service-accounts create NAME` */
export const createServiceAccount: Action<[name: string], { role: string }> = async (
  { client, terminal },
  [name],
  { role },
) => {
  const account = await client.serviceAccounts.create({ name, role })
  if (terminal.isJson) return terminal.document(account)
  terminal.line(`${printable(account.name)} is there, with the role ${printable(account.role)}.`)
  terminal.note(`Make a key for it: cadre keys create LABEL --service-account ${account.id}`)
}

const change = async (
  { client, terminal }: Session,
  reference: string,
  changes: ChangeServiceAccount,
  told: (account: ServiceAccount) => string,
): Promise<void> => {
  const { id } = await findServiceAccount(client, reference)
  const account = await client.serviceAccounts.change(id, changes)
  if (terminal.isJson) return terminal.document(account)
  terminal.line(told(account))
}

/** `cadre service-accounts role ACCOUNT ROLE` */
export const setAccountRole: Action<[account: string, role: string]> = (session, [account, role]) =>
  change(session, account, { role }, (now) => `${printable(now.name)} has the role ${now.role}.`)

/** `cadre service-accounts rename ACCOUNT NAME` */
export const renameAccount: Action<[account: string, name: string]> = (session, [account, name]) =>
  change(session, account, { name }, (now) => `It is ${printable(now.name)} now.`)

/** `cadre service-accounts disable|enable ACCOUNT` */
export const setAccountDisabled =
  (isDisabled: boolean): Action<[account: string]> =>
  (session, [account]) =>
    change(
      session,
      account,
      { is_disabled: isDisabled },
      ({ name }) => `${printable(name)} is ${isDisabled ? 'disabled' : 'active again'}.`,
    )

/** `cadre service-accounts remove ACCOUNT` */
export const removeAccount: Action<[account: string]> = async ({ client, terminal }, [account]) => {
  const { id, name } = await findServiceAccount(client, account)
  await client.serviceAccounts.remove(id)
  if (!terminal.isJson) terminal.line(`${printable(name)} is removed, with its keys.`)
}
