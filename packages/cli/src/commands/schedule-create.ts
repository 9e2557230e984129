import type { CreateSchedule, MissedRunsPolicy, OverlapPolicy, TaskPriority } from '@cadre/contract'
import { usageError } from '../failures.ts'
import { printable } from '../printable.ts'
import { readInput, readJsonOption, type InputOptions, type InputSource } from '../run-input.ts'
import type { Action } from '../session.ts'
import { relativeTime } from '../wording.ts'

interface CreateOptions extends InputOptions {
  cron?: string
  every?: number
  at?: string
  zone?: string
  agent?: string
  capability?: string
  workflow?: string
  context?: string
  title?: string
  priority?: TaskPriority
  tag?: string[]
  missed?: MissedRunsPolicy
  overlap?: OverlapPolicy
  jitter?: number
  starts?: string
  ends?: string
  paused?: boolean
  dryRun?: boolean
}

/** `cadre schedule create NAME` */
export const createSchedule: Action<[name: string], CreateOptions> = async (
  session,
  [name],
  options,
) => {
  const { client, terminal } = session
  if ((options.cron ?? options.every ?? options.at) === undefined)
    throw usageError('Say when: --cron, --every or --at.')
  const timing = timingOf(options)
  if (options.dryRun) {
    const preview = await client.schedules.preview(timing)
    if (terminal.isJson) return terminal.document(preview)
    for (const run of preview.next_runs) terminal.line(`${run} (${relativeTime(run)})`)
    return
  }
  if ((options.agent ?? options.capability ?? options.workflow) === undefined)
    throw usageError('Say who: --agent, --capability or --workflow.')
  const schedule = await client.schedules.create({
    name,
    ...timing,
    ...(await workOf(session, options)),
    missed_runs: options.missed,
    overlap: options.overlap,
    jitter_seconds: options.jitter,
    is_paused: options.paused,
  })
  if (terminal.isJson) return terminal.document(schedule)
  const [next] = schedule.next_runs
  const when = next === undefined ? 'It is paused.' : `It runs ${relativeTime(next)} (${next}).`
  terminal.line(`Schedule ${printable(schedule.name)} is created. ${when}`)
}

const workOf = async (
  source: InputSource,
  options: CreateOptions,
): Promise<Pick<CreateSchedule, 'task' | 'workflow' | 'context'>> => {
  const { workflow, context } = options
  if (workflow !== undefined)
    return {
      workflow,
      context:
        context === undefined ? undefined : await readJsonOption(source, context, '--context'),
    }
  if (context !== undefined) throw usageError('--context goes with --workflow.')
  return {
    task: {
      agent_id: options.agent,
      capability: options.capability,
      input: await readInput(source, options),
      title: options.title,
      priority: options.priority,
      tags: options.tag,
    },
  }
}

const timingOf = (
  options: CreateOptions,
): Omit<CreateSchedule, 'name' | 'task' | 'workflow' | 'context'> => ({
  cron: options.cron,
  every_seconds: options.every,
  at: options.at,
  time_zone: options.zone,
  starts_at: options.starts,
  ends_at: options.ends,
})
