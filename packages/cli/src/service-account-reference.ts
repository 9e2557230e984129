import type { Client, ServiceAccount } from '@cadre/contract'
import { CommandError } from './failures.ts'
import { collectPages } from './pages.ts'
import { printable } from './printable.ts'

const ACCOUNTS_MAX = 10_000

/** By id or name. */
export const findServiceAccount = async (
  client: Client,
  reference: string,
): Promise<ServiceAccount> => {
  const { items } = await collectPages(ACCOUNTS_MAX, client.serviceAccounts.list)
  const wanted = reference.toLowerCase()
  const found = items.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted)
  if (found !== undefined) return found
  throw new CommandError(
    'cli.service_account_unknown',
    `There is no service account ${printable(reference)}. \`cadre service-accounts\` lists them.`,
  )
}
