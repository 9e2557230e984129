import { Option, type Command } from 'commander'
import { collect, integerBetween, positiveNumber, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const PRIORITIES = ['urgent', 'high', 'medium', 'low']
const SCHEDULES_LISTED = 20
const SCHEDULES_LISTED_MAX = 10_000

/** Work that comes again by itself. */
export const defineScheduleCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('schedules')
    .description('List schedules with their next and last run')
    .option(
      '--limit <count>',
      'how many at the most',
      integerBetween(1, SCHEDULES_LISTED_MAX),
      SCHEDULES_LISTED,
    )
    .action(lazy(async () => (await import('./commands/schedules.ts')).listSchedules))

  const schedule = program
    .command('schedule')
    .description('Create a schedule, look at one, or change one')
  defineCreation(schedule, lazy)

  schedule
    .command('show')
    .description('Show a schedule with its next and latest runs')
    .argument('<schedule>', 'name or id')
    .action(lazy(async () => (await import('./commands/schedule.ts')).showSchedule))
  schedule
    .command('pause')
    .description('Let no run come until it is resumed')
    .argument('<schedule>', 'name or id')
    .action(lazy(async () => (await import('./commands/schedule-changes.ts')).pauseSchedule))
  schedule
    .command('resume')
    .description('Go on with the next run')
    .argument('<schedule>', 'name or id')
    .action(lazy(async () => (await import('./commands/schedule-changes.ts')).resumeSchedule))
  schedule
    .command('trigger')
    .description('Run it once, now; prints the id of the task or run')
    .argument('<schedule>', 'name or id')
    .action(lazy(async () => (await import('./commands/schedule-changes.ts')).triggerSchedule))
  schedule
    .command('delete')
    .description('Delete a schedule; its tasks and runs stay')
    .argument('<schedule>', 'name or id')
    .action(lazy(async () => (await import('./commands/schedule-changes.ts')).deleteSchedule))
}

const defineCreation = (schedule: Command, lazy: Lazy): void => {
  const when = (option: Option, ...others: string[]) => option.conflicts(others)
  schedule
    .command('create')
    .description('Let an agent or a workflow run again and again, or once at a later time')
    .argument('<name>', 'name of the schedule')
    .addOption(
      when(new Option('--cron <expression>', 'minute hour day month weekday'), 'every', 'at'),
    )
    .addOption(
      when(
        new Option('--every <seconds>', 'fixed interval').argParser(positiveNumber),
        'cron',
        'at',
      ),
    )
    .addOption(when(new Option('--at <time>', 'once').argParser(timestamp), 'cron', 'every'))
    .option('--zone <zone>', 'time zone of the expression, such as Europe/Berlin')
    .addOption(new Option('--agent <agent>', 'agent to run (name or id)').conflicts('capability'))
    .option('--capability <name>', 'whoever offers this capability')
    .addOption(
      new Option('--workflow <workflow>', 'workflow to start (name, name@version or id)').conflicts(
        ['agent', 'capability', 'input', 'jsonInput', 'title', 'priority', 'tag', 'jitter'],
      ),
    )
    .option('--context <json>', 'what the workflow is started with: JSON, @FILE, or - for stdin')
    .option('--input <file>', 'file to hand in as text; - reads stdin')
    .addOption(new Option('--json-input <json>', 'JSON value to hand in').conflicts('input'))
    .option('--title <text>', 'title of each task')
    .addOption(new Option('--priority <priority>', 'place in the queue').choices(PRIORITIES))
    .option('--tag <tag>', 'tag of each task; may be repeated', collect)
    .addOption(
      new Option('--missed <policy>', 'runs that nobody was there to fire').choices([
        'skip',
        'run_once',
        'run_all',
      ]),
    )
    .addOption(
      new Option('--overlap <policy>', 'while an earlier task is unfinished').choices([
        'allow',
        'skip',
      ]),
    )
    .option('--jitter <seconds>', 'spread the due times over this long', positiveNumber)
    .option('--starts <time>', 'no run before this time', timestamp)
    .option('--ends <time>', 'no run after this time', timestamp)
    .option('--paused', 'create it paused')
    .option('--dry-run', 'show the next runs and create nothing')
    .addHelpText(
      'after',
      `
Examples:
  $ cadre schedule create report --cron '30 8 * * 1-5' --zone Europe/Berlin --agent word-count
  $ cadre schedule create pulse --every 60 --agent echo --overlap skip
  $ cadre schedule create nightly --cron '0 2 * * *' --workflow nightly-report --context @log.json
  $ cadre schedule create later --at 2027-01-01T09:00:00Z --agent echo --json-input '{"n": 1}'`,
    )
    .action(lazy(async () => (await import('./commands/schedule-create.ts')).createSchedule))
}
