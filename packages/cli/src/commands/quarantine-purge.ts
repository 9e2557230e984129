import { changeMany, filterOf, type ChoiceOptions } from '../quarantine-choice.ts'
import type { Action } from '../session.ts'
import { count } from '../wording.ts'

/** `cadre quarantine purge TASK…`, or by conditions */
export const purge: Action<[ids: string[]], ChoiceOptions & { reason?: string }> = async (
  { client, terminal },
  [ids],
  options,
) => {
  const filter = filterOf(ids, options)
  const answer = await changeMany(terminal, options, {
    verb: 'purge',
    done: 'purged',
    call: (request) => client.quarantine.purgeMany({ filter, reason: options.reason, ...request }),
  })
  if (answer === null) return terminal.note('Nothing was changed.')
  if (terminal.isJson) return terminal.document(answer)
  if (!answer.dry_run) terminal.line(`${count(answer.changed, 'task')} purged.`)
}
