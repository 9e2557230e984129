import { CadreError } from '@cadre/contract/client'
import type { InstalledItem, InstallItem } from '@cadre/contract'
import { confirmPermissions } from '../confirm-permissions.ts'
import { itemAndRange, nameOfInstall } from '../install-wording.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'

interface InstallOptions {
  as?: string
  acceptPermissions?: boolean
}

/** `cadre install ITEM[@RANGE]` */
export const installItem: Action<[reference: string], InstallOptions> = async (
  session,
  [reference],
  { as, acceptPermissions },
) => {
  const { terminal } = session
  const wish = { ...itemAndRange(reference), as, accept_permissions: acceptPermissions === true }
  const installed = await installAsking(session, wish)
  if (installed === null) return terminal.note('Nothing was installed.')
  if (terminal.isJson) return terminal.document(installed)
  const verb = installed.is_new ? 'is installed' : 'was installed already'
  terminal.line(`${nameOfInstall(installed)} ${verb}.`)
  for (const warning of installed.warnings) terminal.note(`Warning: ${printable(warning)}`)
  tellKey(session, installed)
  for (const { kind, name, hint } of installed.missing)
    terminal.note(`There is no ${kind} ${printable(name)} yet. ${printable(hint)}`)
  if (installed.update !== null)
    terminal.note(`${installed.update.version} is there: cadre update ${installed.name}`)
  if (installed.is_new && installed.missing.length === 0 && installed.key === undefined)
    terminal.note(
      installed.item_type === 'agent'
        ? `Try it: cadre run ${installed.name} --input TEXT`
        : `Start it: cadre trigger ${installed.name}`,
    )
}

/** Null where the person does not want it. */
const installAsking = async (
  session: Session,
  wish: InstallItem,
): Promise<InstalledItem | null> => {
  try {
    return await session.client.installs.install(wish)
  } catch (error) {
    if (!(error instanceof CadreError) || error.code !== 'install.widening') throw error
    if (!(await confirmPermissions(error, session.terminal))) return null
    return session.client.installs.install({ ...wish, accept_permissions: true })
  }
}

/** An agent that Cadre does not run itself needs a process, and the process a key. */
const tellKey = ({ terminal }: Session, { key, image }: InstalledItem): void => {
  if (key === undefined) return
  terminal.note(
    image === null
      ? 'Run its process yourself, with this key; it is shown only now:'
      : `Run the image ${printable(image)} yourself, with this key; it is shown only now:`,
  )
  terminal.line(key)
}

/** `cadre uninstall NAME` */
export const uninstall: Action<[name: string]> = async ({ client, terminal }, [name]) => {
  await client.installs.uninstall(name)
  if (!terminal.isJson) terminal.line(`${printable(name)} is uninstalled.`)
}
