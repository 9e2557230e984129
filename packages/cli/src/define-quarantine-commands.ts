import { Option, type Command } from 'commander'
import { integerBetween, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const CATEGORIES = [
  'retriable',
  'permanent',
  'rate_limited',
  'timeout',
  'sandbox_violation',
  'budget_exceeded',
]
const LISTED = 20
const LISTED_MAX = 10_000

/** Looking after tasks that need a person. */
export const defineQuarantineCommands = (program: Command, lazy: Lazy): void => {
  const quarantine = program
    .command('quarantine')
    .description('List failures that need a person, grouped by likeness; and deal with them')
    .addHelpText(
      'after',
      `
Examples:
  $ cadre quarantine
  $ cadre quarantine list --group 1f0c9a4e5b7d2836
  $ cadre quarantine show 0197a1c2-…
  $ cadre quarantine redrive 0197a1c2-… --json-input '{"amount": 5}'
  $ cadre quarantine redrive --group 1f0c9a4e5b7d2836 --dry-run
  $ cadre quarantine purge --agent word-count --yes`,
    )
  withLimit(withSearch(quarantine)).action(
    lazy(async () => (await import('./commands/quarantine-groups.ts')).listGroups),
  )

  withLimit(withConditions(quarantine.command('list')))
    .description('List tasks in quarantine, the newest first')
    .action(lazy(async () => (await import('./commands/quarantine-tasks.ts')).listQuarantined))

  quarantine
    .command('show')
    .description('Show a task in quarantine with everything that was tried')
    .argument('<task>', 'id of the task')
    .action(lazy(async () => (await import('./commands/quarantine-tasks.ts')).showQuarantined))

  withChoice(quarantine.command('redrive'))
    .description('Make a task due again, or all that match')
    .addOption(
      new Option(
        '--input <file>',
        'file that replaces the input, as text; - reads stdin',
      ).conflicts(BULK),
    )
    .addOption(
      new Option('--json-input <json>', 'JSON value that replaces the input').conflicts([
        'input',
        ...BULK,
      ]),
    )
    .option('--keep-retries', 'go on counting failures: the next one quarantines again')
    .action(lazy(async () => (await import('./commands/quarantine-redrive.ts')).redrive))

  withChoice(quarantine.command('purge'))
    .description('Give up a task, or all that match; they can be read until retention')
    .option('--reason <text>', 'why, for those who look later')
    .action(lazy(async () => (await import('./commands/quarantine-purge.ts')).purge))

  withLimit(quarantine.command('dead-letters'))
    .description('List messages that could not be delivered, the newest first')
    .option('--queue <name>', 'only from this queue')
    .option('--search <text>', 'only with this in the reason')
    .action(lazy(async () => (await import('./commands/dead-letters.ts')).listDeadLetters))

  quarantine
    .command('redispatch')
    .description("Have a dead letter's task dispatched anew")
    .argument('<letter>', 'id of the dead letter')
    .action(lazy(async () => (await import('./commands/dead-letters.ts')).redispatch))

  quarantine
    .command('purge-dead-letters')
    .description('Forget dead letters')
    .argument('[letters...]', 'ids of dead letters')
    .option('--queue <name>', 'all from this queue')
    .option('--all', 'all there are')
    .option('--dry-run', 'only say how many')
    .option('-y, --yes', 'do not ask')
    .action(lazy(async () => (await import('./commands/dead-letters.ts')).purgeDeadLetters))
}

const withSearch = (command: Command): Command =>
  command
    .option('--agent <agent>', 'only where this agent failed last (name or id)')
    .addOption(new Option('--category <category>', 'only this kind of failure').choices(CATEGORIES))
    .option('--search <text>', 'only with this in error or title')

const withConditions = (command: Command): Command =>
  withSearch(command.option('--group <fingerprint>', 'only failures of this group'))
    .option('--after <time>', 'only quarantined after this time', timestamp)
    .option('--before <time>', 'only quarantined before this time', timestamp)

const withLimit = (command: Command): Command =>
  command.option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)

/** What chooses many; a replaced input is for one. */
const BULK = ['group', 'agent', 'category', 'search', 'after', 'before', 'all']

const withChoice = (command: Command): Command =>
  withConditions(command.argument('[tasks...]', 'ids of tasks'))
    .option('--all', 'everything in quarantine')
    .option('--dry-run', 'only say how many match, and show some')
    .option('-y, --yes', 'do not ask')
