import type { AuditListQuery, AuditRecord } from '@cadre/contract'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

type Options = Omit<AuditListQuery, 'cursor' | 'limit'> & { limit: number }

/** `cadre audit` */
export const listAudit: Action<[], Options> = async (
  { client, terminal },
  _args,
  { limit, actor, action, resource, decision, since, until },
) => {
  // Named one by one, for global options may stand among them.
  const filter = { actor, action, resource, decision, since, until }
  const found = await collectPages(limit, (page) => client.audit.list({ ...filter, ...page }))
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('Nothing of this kind is recorded.')
  const columns = COLUMNS.map((column) => ({
    ...column,
    paint: (cell: string, { decision }: AuditRecord) =>
      decision === 'denied' ? terminal.paint('red', cell) : cell,
  }))
  showTable(terminal, found.items, columns)
  tellRest(terminal, found, 'record')
}

const COLUMNS: Column<AuditRecord>[] = [
  { title: 'SEQ', value: ({ seq }) => String(seq), isRight: true },
  { title: 'WHEN', value: ({ at }) => relativeTime(at) },
  { title: 'WHO', value: ({ actor }) => actor.name },
  { title: 'FROM', value: ({ origin }) => origin?.ip ?? '–' },
  { title: 'DECISION', value: ({ decision }) => decision },
  { title: 'ACTION', value: ({ action }) => action },
  {
    title: 'ABOUT',
    value: ({ resource: { kind, name, id } }) => `${kind} ${name ?? id ?? ''}`.trimEnd(),
    isFlexible: true,
  },
]
