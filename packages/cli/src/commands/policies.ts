import { readFile } from 'node:fs/promises'
import type { Client, Policy, PolicyDryRun, PolicyReport } from '@cadre/contract'
import { EXIT_FAILED, usageError } from '../failures.ts'
import { showTable } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'
import type { Column } from '../table.ts'
import { count, relativeTime } from '../wording.ts'

const POLICIES_MAX = 1_000

/** `cadre policies` */
export const listPolicies: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.policies.list)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There is no policy yet.')
  showTable(terminal, found.items, COLUMNS)
}

const COLUMNS: Column<Policy>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => String(version), isRight: true },
  {
    title: 'ACTIVE',
    value: ({ active_version: active }) => (active === null ? 'no' : `version ${active}`),
  },
  { title: 'CHANGED', value: ({ updated_at: at }) => relativeTime(at) },
  { title: 'DESCRIPTION', value: ({ description }) => description, isFlexible: true },
]

/** `cadre policies lint FILE...` */
export const lintPolicies: Action<[files: string[]]> = async (
  { client, terminal, pathOf },
  [paths],
) => {
  const reports: (PolicyReport & { file: string })[] = []
  for (const path of paths) {
    const report = await client.policies.lint({ text: await read(pathOf(path), path) })
    reports.push({ file: path, ...report })
    if (terminal.isJson) continue
    for (const { severity, message, help, line, column } of report.problems)
      terminal.line(
        `${terminal.paint('bold', `${printable(path)}:${line ?? 1}:${column ?? 1}`)} ${severity}: ${printable(message)}${help === null ? '' : ` (${printable(help)})`}`,
      )
  }
  const isSound = reports.every((report) => report.is_valid)
  if (terminal.isJson) terminal.document({ files: reports })
  else terminal.note(isSound ? 'Sound.' : 'Not sound.')
  return isSound ? 0 : EXIT_FAILED
}

const read = (path: string, name: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError(`${printable(name)} cannot be read: ${error.code ?? error.message}.`)
  })

/** By id or name. */
const policyNamed = async (client: Client, reference: string): Promise<Policy | undefined> => {
  const { items } = await collectPages(POLICIES_MAX, client.policies.list)
  return items.find(({ id, name }) => id === reference || name === reference)
}
const existing = async (client: Client, reference: string): Promise<Policy> => {
  const policy = await policyNamed(client, reference)
  if (policy === undefined) throw usageError(`There is no policy ${printable(reference)}.`)
  return policy
}

/** `cadre policies add NAME FILE` */
export const addPolicy: Action<[name: string, file: string]> = async (
  { client, terminal, pathOf },
  [name, path],
) => {
  const text = await read(pathOf(path), path)
  const known = await policyNamed(client, name)
  const policy =
    known === undefined
      ? await client.policies.create({ name, text })
      : await client.policies.revise(known.id, { text })
  if (terminal.isJson) return terminal.document(policy)
  terminal.line(`Version ${policy.version} of ${printable(policy.name)} is written: ${policy.id}`)
  terminal.note(`It decides nothing yet. See: cadre policies try ${printable(policy.name)}`)
}

/** `cadre policies try NAME|ID` */
export const tryPolicy: Action<[policy: string]> = async ({ client, terminal }, [reference]) => {
  const { id } = await existing(client, reference)
  const run = await client.policies.dryRun({ activate: id })
  if (terminal.isJson) return terminal.document(run)
  printDryRun(terminal, run)
}

const printDryRun = (terminal: Session['terminal'], run: PolicyDryRun): void => {
  terminal.line(
    `Of ${count(run.decisions, 'recent decision')}, ${run.changes} would come out otherwise: ${run.newly_refused} refused, ${run.newly_permitted} permitted.`,
  )
  for (const one of run.examples) {
    const about = one.resource === null ? '' : ` on ${one.resource.type} ${one.resource.id}`
    const sign = one.after === 'refused' ? '-' : '+'
    terminal.line(
      `  ${sign} ${printable(`${one.principal_name}: ${one.action}${about}. ${one.reason}`)}`,
    )
  }
  if (run.locks_out) terminal.line('No administrator could manage policies any more.')
}

/** `cadre policies activate NAME|ID` */
export const activatePolicy: Action<
  [policy: string],
  { confirm?: number; force?: boolean }
> = async ({ client, terminal }, [reference], { confirm, force }) => {
  const { id } = await existing(client, reference)
  const answer = await client.policies.activate(id, { confirm_changes: confirm, force })
  if (terminal.isJson) return terminal.document(answer)
  terminal.line(
    `Version ${answer.policy.active_version} of ${printable(answer.policy.name)} decides from now on.`,
  )
}

/** `cadre policies deactivate NAME|ID` */
export const deactivatePolicy: Action<[policy: string], { confirm?: number }> = async (
  { client, terminal },
  [reference],
  { confirm },
) => {
  const { id } = await existing(client, reference)
  const answer = await client.policies.deactivate(id, { confirm_changes: confirm })
  if (terminal.isJson) return terminal.document(answer)
  terminal.line(`${printable(answer.policy.name)} decides nothing any more.`)
}
