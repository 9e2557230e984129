import { InvalidArgumentError, Option, type Command } from 'commander'
import { collect, integerBetween, positiveNumber, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const STATUSES = ['TODO', 'IN_PROGRESS', 'DONE', 'QUARANTINED', 'CANCELLED']
const PRIORITIES = ['urgent', 'high', 'medium', 'low']
const TASKS_LISTED = 20
const TASKS_LISTED_MAX = 10_000

/** Giving work and following it. Answers `run`, below which the runs of workflows have a place. */
export const defineTaskCommands = (program: Command, lazy: Lazy): Command => {
  const run = program
    .command('run')
    .description('Run an agent on some input, show its progress and print its output')
    .usage('[options] <agent>\n       cadre run <command> <run>   (runs of workflows)')
    // What stands behind a command below belongs to that one.
    .enablePositionalOptions()
    .argument('<agent>', 'name or id')
    .option('--input <file>', 'file to hand in as text; - reads stdin')
    .addOption(new Option('--json-input <json>', 'JSON value to hand in').conflicts('input'))
    .addOption(new Option('--priority <priority>', 'place in the queue').choices(PRIORITIES))
    .option('--title <text>', 'title of the task')
    .option('--tag <tag>', 'tag of the task; may be repeated', collect)
    .option('--max-retries <count>', 'retries before quarantine', integerBetween(0, 100))
    .option('--timeout <seconds>', 'time for one execution', positiveNumber)
    .addOption(
      new Option('--direct', 'run at once, outside the queue and without retries').conflicts([
        'priority',
        'title',
        'maxRetries',
        'detach',
      ]),
    )
    .option('--detach', 'print the id of the task and do not wait')
    .option('-q, --quiet', 'show no progress')
    .addHelpText(
      'after',
      `
The output of the agent goes to stdout, everything else to stderr.
Ctrl-C cancels the task; pressed again, it only stops waiting.

Examples:
  $ cadre run word-count --input README.md
  $ git log --oneline | cadre run keyword-extract --input -
  $ cadre run unit-convert --json-input '{"value": 5, "from": "km", "to": "mi"}'`,
    )
    .action(lazy(async () => (await import('./commands/run.ts')).runAgent))

  program
    .command('tasks')
    .description('List tasks, the newest first')
    .addOption(
      new Option('--status <status>', 'only tasks in this state')
        .choices(STATUSES)
        .argParser(upperCaseChoice),
    )
    .option('--agent <agent>', 'only tasks of this agent (name or id)')
    .option('--capability <name>', 'only tasks for this capability')
    .addOption(new Option('--priority <priority>', 'only this priority').choices(PRIORITIES))
    .addOption(
      new Option('--kind <kind>', 'only tasks made this way').choices(['queued', 'direct']),
    )
    .option('--tag <tag>', 'only tasks with this tag')
    .option('--schedule <schedule>', 'only tasks of this schedule (name or id)')
    .option('--search <text>', 'only tasks with this in title or last error')
    .option('--after <time>', 'only tasks created after this time', timestamp)
    .option('--before <time>', 'only tasks created before this time', timestamp)
    .option(
      '--limit <count>',
      'how many at the most',
      integerBetween(1, TASKS_LISTED_MAX),
      TASKS_LISTED,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ cadre tasks --status QUARANTINED\n  $ cadre tasks --agent word-count --limit 100 --json',
    )
    .action(lazy(async () => (await import('./commands/tasks.ts')).listTasks))

  program
    .command('task')
    .description('Show one task with its attempts and its output')
    .argument('<id>', 'id of the task')
    .action(lazy(async () => (await import('./commands/task.ts')).showTask))

  program
    .command('cancel')
    .description('Cancel a task; running work is told to stop')
    .argument('<id>', 'id of the task')
    .option('--reason <text>', 'why, for those who look later')
    .action(lazy(async () => (await import('./commands/cancel.ts')).cancelTask))

  program
    .command('watch')
    .description('Show what happens, live, until Ctrl-C')
    .option('--task <id>', 'only this task')
    .addOption(new Option('--run <id>', 'only this run of a workflow').conflicts('task'))
    .option('--agent <agent>', 'only this agent (name or id)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ cadre watch --agent word-count\n  $ cadre watch --json | jq -r .type',
    )
    .action(lazy(async () => (await import('./commands/watch.ts')).watchEvents))
  return run
}

/** States are written in capitals, and meant in any. */
const upperCaseChoice = (text: string): string => {
  const status = text.toUpperCase().replaceAll('-', '_')
  if (STATUSES.includes(status)) return status
  throw new InvalidArgumentError(`Allowed choices are ${STATUSES.join(', ')}.`)
}
