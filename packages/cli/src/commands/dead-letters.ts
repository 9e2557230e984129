import type { DeadLetter } from '@cadre/contract'
import { confirm } from '../confirm.ts'
import { usageError } from '../failures.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { count, relativeTime } from '../wording.ts'

/** `cadre quarantine dead-letters` */
export const listDeadLetters: Action<
  [],
  { queue?: string; search?: string; limit: number }
> = async ({ client, terminal }, _args, { queue, search, limit }) => {
  const found = await collectPages(limit, (page) =>
    client.quarantine.deadLetters({ ...page, queue, q: search }),
  )
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('There are no dead letters.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'letter')
}

const COLUMNS: Column<DeadLetter>[] = [
  { title: 'ID', value: (letter) => letter.id },
  { title: 'QUEUE', value: (letter) => letter.queue },
  { title: 'DELIVERED', value: (letter) => String(letter.deliveries), isRight: true },
  { title: 'DIED', value: (letter) => relativeTime(letter.died_at) },
  { title: 'TASK', value: (letter) => letter.task_status ?? '–' },
  { title: 'REASON', value: (letter) => letter.reason, isFlexible: true },
]

/** `cadre quarantine redispatch LETTER` */
export const redispatch: Action<[id: string]> = async ({ client, terminal }, [id]) => {
  const task = await client.quarantine.redispatch(id)
  if (terminal.isJson) return terminal.document(task)
  terminal.line(`Task ${task.id} is dispatched anew.`)
}

interface PurgeOptions {
  queue?: string
  all?: true
  dryRun?: true
  yes?: true
}

/** `cadre quarantine purge-dead-letters` */
export const purgeDeadLetters: Action<[ids: string[]], PurgeOptions> = async (
  { client, terminal },
  [ids],
  { queue, all, dryRun, yes },
) => {
  if (ids.length === 0 && queue === undefined && !all)
    throw usageError('Name letters, --queue, or --all.')
  const filter = { queue, all, ids: ids.length > 0 ? ids : undefined }
  const rehearsal = await client.quarantine.purgeDeadLetters({ ...filter, dry_run: true })
  const letters = count(rehearsal.matched, 'dead letter')
  if (dryRun || rehearsal.matched === 0)
    return terminal.isJson
      ? terminal.document(rehearsal)
      : terminal.line(`${letters} would be purged.`)
  if (!yes && !(await confirm(`Purge ${letters}?`, terminal)))
    return terminal.note('Nothing was changed.')
  const answer = await client.quarantine.purgeDeadLetters(filter)
  if (terminal.isJson) return terminal.document(answer)
  terminal.line(`${count(answer.purged, 'dead letter')} purged.`)
}
