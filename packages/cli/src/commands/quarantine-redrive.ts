import { changeMany, filterOf, type ChoiceOptions } from '../quarantine-choice.ts'
import { usageError } from '../failures.ts'
import { readInput, type InputOptions } from '../run-input.ts'
import type { Action, Session } from '../session.ts'
import { count } from '../wording.ts'

type RedriveOptions = ChoiceOptions & InputOptions & { keepRetries?: true }

/** `cadre quarantine redrive TASK…`, or by conditions */
export const redrive: Action<[ids: string[]], RedriveOptions> = async (session, [ids], options) => {
  const filter = filterOf(ids, options)
  const [id] = ids
  const isOne =
    id !== undefined && ids.length === 1 && Object.values(filter).filter(isSaid).length === 1
  if (isOne && !options.dryRun) return redriveOne(session, id, options)
  if (options.input !== undefined || options.jsonInput !== undefined)
    throw usageError('An input is replaced for one task at a time, without --dry-run.')
  const { client, terminal } = session
  const answer = await changeMany(terminal, options, {
    verb: 'redrive',
    done: 'redriven',
    call: (request) =>
      client.quarantine.redriveMany({ filter, reset_retries: !options.keepRetries, ...request }),
  })
  if (answer === null) return terminal.note('Nothing was changed.')
  if (terminal.isJson) return terminal.document(answer)
  if (answer.dry_run) return
  terminal.line(`${count(answer.changed, 'task')} redriven.`)
  if (answer.skipped > 0)
    terminal.note(`${count(answer.skipped, 'task')} left: changed meanwhile, or the agent is gone.`)
}

const redriveOne = async (session: Session, id: string, options: RedriveOptions): Promise<void> => {
  const { client, terminal } = session
  const task = await client.quarantine.redrive(id, {
    input: await readInput(session, options),
    reset_retries: !options.keepRetries,
  })
  if (terminal.isJson) return terminal.document(task)
  terminal.line(`Task ${task.id} is due again.`)
}

const isSaid = (condition: unknown): boolean => condition !== undefined
