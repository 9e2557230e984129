import { CadreError } from '@cadre/contract/client'
import type { UpdatedInstall, UpdateInstall } from '@cadre/contract'
import { confirmPermissions } from '../confirm-permissions.ts'
import { usageError } from '../failures.ts'
import { diffLines, itemAndRange } from '../install-wording.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'

const UPDATED_MAX = 10_000

interface UpdateOptions {
  all?: boolean
  dryRun?: boolean
  acceptPermissions?: boolean
}

/** `cadre update NAME[@RANGE]`, or `--all` */
export const updateInstalls: Action<[reference?: string], UpdateOptions> = async (
  session,
  [reference],
  { all, dryRun, acceptPermissions },
) => {
  const { terminal, client } = session
  if ((reference === undefined) === (all !== true))
    throw usageError('Name what to update, or say --all for everything that is installed.')
  const wish = { dry_run: dryRun === true, accept_permissions: acceptPermissions === true }
  if (reference !== undefined) {
    const { item: name, range } = itemAndRange(reference)
    const updated = await updateOne(session, name, { ...wish, range })
    if (terminal.isJson) return terminal.document(updated)
    return updated === null ? terminal.note('Nothing was changed.') : tell(session, updated, wish)
  }
  const { items } = await collectPages(UPDATED_MAX, client.installs.list)
  const due = items.filter(({ update }) => update !== null)
  const outcomes: UpdatedInstall[] = []
  for (const { name } of due) {
    const updated = await updateOne(session, name, wish)
    if (updated === null) terminal.note(`${printable(name)} stays as it is.`)
    else outcomes.push(updated)
    if (updated !== null && !terminal.isJson) tell(session, updated, wish)
  }
  if (terminal.isJson) return terminal.document({ items: outcomes })
  if (due.length === 0) terminal.note('Everything is at the newest version in its range.')
}

/** Null where the person does not want it. */
const updateOne = async (
  session: Session,
  name: string,
  wish: UpdateInstall,
): Promise<UpdatedInstall | null> => {
  try {
    return await session.client.installs.update(name, wish)
  } catch (error) {
    if (!(error instanceof CadreError) || error.code !== 'install.widening') throw error
    session.terminal.note(`${printable(name)}:`)
    if (!(await confirmPermissions(error, session.terminal))) return null
    return session.client.installs.update(name, { ...wish, accept_permissions: true })
  }
}

const tell = (
  { terminal }: Session,
  { install, diff, is_changed: isChanged, warnings, key, missing }: UpdatedInstall,
  wish: UpdateInstall,
): void => {
  const { name, version, range } = install
  if (diff === null || !isChanged)
    terminal.line(`${printable(name)} is at ${version}, the newest in ${printable(range)}.`)
  else {
    const verb = wish.dry_run === true ? 'would move' : 'moved'
    terminal.line(`${printable(name)} ${verb} from ${diff.from} to ${diff.to}.`)
    for (const line of diffLines(diff)) terminal.line(`  ${line}`)
  }
  for (const warning of warnings) terminal.note(`Warning: ${printable(warning)}`)
  for (const one of missing)
    terminal.note(`There is no ${one.kind} ${printable(one.name)} yet. ${printable(one.hint)}`)
  if (key === undefined) return
  terminal.note('Run its process yourself, with this key; it is shown only now:')
  terminal.line(key)
}
