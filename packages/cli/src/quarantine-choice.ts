import type { BulkAnswer, QuarantineFilter, QuarantineListQuery } from '@cadre/contract'
import { everyBatch } from '@cadre/contract/client'
import { confirm } from './confirm.ts'
import { usageError } from './failures.ts'
import { showQuarantinedTable } from './quarantine-table.ts'
import type { Terminal } from './terminal.ts'
import { count } from './wording.ts'

export interface ConditionOptions {
  group?: string
  agent?: string
  category?: QuarantineListQuery['category']
  search?: string
  after?: string
  before?: string
}

export interface ChoiceOptions extends ConditionOptions {
  all?: true
  dryRun?: true
  yes?: true
}

export const conditionsOf = (options: ConditionOptions) => ({
  fingerprint: options.group,
  agent_id: options.agent,
  category: options.category,
  q: options.search,
  quarantined_after: options.after,
  quarantined_before: options.before,
})

/** The filter that ids and options name. What everything means is said outright. */
export const filterOf = (ids: readonly string[], options: ChoiceOptions): QuarantineFilter => {
  const conditions = conditionsOf(options)
  const isNamed = Object.values(conditions).some((condition) => condition !== undefined)
  if (options.all && (isNamed || ids.length > 0))
    throw usageError('--all goes with no ids and no conditions.')
  if (!options.all && !isNamed && ids.length === 0)
    throw usageError('Name tasks, conditions such as --group, or --all.')
  return { ...conditions, ids: ids.length > 0 ? [...ids] : undefined, all: options.all }
}

type Call = (request: { dry_run: boolean; cursor?: string }) => Promise<BulkAnswer>

/** Counts first, asks, then goes on until all that match are done. Null when the answer was no. */
export const changeMany = async (
  terminal: Terminal,
  options: ChoiceOptions,
  { verb, done, call }: { verb: string; done: string; call: Call },
): Promise<BulkAnswer | null> => {
  const rehearsal = await call({ dry_run: true })
  const tasks = count(rehearsal.matched, 'task')
  if (options.dryRun || rehearsal.matched === 0) {
    if (!terminal.isJson) {
      terminal.line(`${tasks} would be ${done}.`)
      showQuarantinedTable(terminal, rehearsal.sample)
    }
    return rehearsal
  }
  if (!options.yes && !(await confirm(`${capitalised(verb)} ${tasks}?`, terminal))) return null
  return everyBatch(
    (cursor) => call({ dry_run: false, cursor }),
    (sum) => terminal.note(`${sum.changed} of ${rehearsal.matched} …`),
  )
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
