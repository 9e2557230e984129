import { InvalidArgumentError, Option, type Command } from 'commander'
import { collect, integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const STATUSES = ['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATING', 'COMPENSATED']
const LISTED = 20
const LISTED_MAX = 10_000
const ITEMS_MAX = 10_000
const RUN = 'id of the run'
const STEP = 'name of the step'

/** Starting workflows, following their runs, and deciding what runs wait for. */
export const defineRunCommands = (program: Command, run: Command, lazy: Lazy): void => {
  defineTrigger(program, lazy)
  program
    .command('runs')
    .description('List runs of workflows, the newest first')
    .option('--workflow <name>', 'only runs of this workflow')
    .addOption(
      new Option('--status <status>', 'only runs in this state')
        .choices(STATUSES)
        .argParser(upperCaseStatus),
    )
    .option('--attention', 'only runs that are held or stuck')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await import('./commands/runs.ts')).listRuns))
  defineChanges(run, lazy)
  defineStepDecisions(run, lazy)
  defineApprovals(program, lazy)
}

const defineTrigger = (program: Command, lazy: Lazy): void => {
  program
    .command('trigger')
    .description('Start a run of a workflow; prints its id, or follows it to its end')
    .argument('<workflow>', 'name, name@version or id')
    .option('--context <json>', 'what the run is about: JSON, @FILE, or - for stdin')
    .option('--files <folder>', 'adds the text files below a folder as `files: [{name, text}]`')
    .option('--only <ending>', 'with --files: such as .md; may be repeated', collect)
    .option('--idempotency-key <key>', 'the same key makes the same run, however often')
    .addOption(new Option('--wait', 'wait for the end and print the output').conflicts('follow'))
    .option('--follow', 'the same, and show the steps meanwhile')
    .addHelpText(
      'after',
      `
The output of the run goes to stdout, everything else to stderr. With --wait and --follow the
exit code is 0 when the run completes, and 1 when it ends otherwise. Ctrl-C leaves it to go on.

Examples:
  $ cadre trigger order-saga --context '{"order": 17}' --idempotency-key order-17
  $ cadre trigger order-saga --context @order.json --follow
  $ cadre trigger document-pipeline --files docs --only .md --follow`,
    )
    .action(lazy(async () => (await import('./commands/trigger.ts')).triggerWorkflow))
}

const defineChanges = (run: Command, lazy: Lazy): void => {
  const on = (name: string, description: string) =>
    run.command(name).description(description).argument('<run>', RUN)
  on('show', 'Show a run with its steps')
    .option('--all', 'all elements of lists')
    .action(lazy(async () => (await import('./commands/run-show.ts')).showRun))
  on('follow', 'Follow a run to its end; the exit code tells how it ended').action(
    lazy(async () => (await import('./commands/trigger.ts')).followOne),
  )
  on('pause', 'Let no further step begin').action(
    lazy(async () => (await import('./commands/run-changes.ts')).pauseRun),
  )
  on('resume', 'Let a paused run go on').action(
    lazy(async () => (await import('./commands/run-changes.ts')).resumeRun),
  )
  on('cancel', 'Stop a run; what it did is undone first, where that was provided for')
    .option('--reason <text>', 'why, for those who look later')
    .option('--no-compensate', 'leave what was done as it is')
    .action(lazy(async () => (await import('./commands/run-changes.ts')).cancelRun))
  on('rerun', 'Run again, as a new run; prints its id')
    .option('--from <step>', 'start, failed, or a step; what comes before is kept', 'start')
    .option('--context <json>', 'another context: JSON, @FILE, or - for stdin')
    .action(lazy(async () => (await import('./commands/run-changes.ts')).rerunRun))
  on('signal', 'Send a run a signal that a step waits for, or will')
    .argument('<name>', 'name of the signal')
    .option('--body <json>', 'what it says: JSON, @FILE, or - for stdin')
    .option('--idempotency-key <key>', 'the same key counts once')
    .action(lazy(async () => (await import('./commands/run-changes.ts')).signalRun))
}

const defineStepDecisions = (run: Command, lazy: Lazy): void => {
  const on = (name: string, description: string) =>
    run
      .command(name)
      .description(description)
      .argument('<run>', RUN)
      .argument('<step>', STEP)
      .option('--item <index>', 'element of its list, from 0', integerBetween(0, ITEMS_MAX))
      .option('--compensation', 'what undoes the step, not the step')
      .option('--comment <text>', 'why, for those who look later')
  on('skip', 'Leave out a step or compensation that is held or runs').action(
    lazy(async () => (await import('./commands/run-decisions.ts')).skipStep),
  )
  on('retry', 'Try a held step or compensation again').action(
    lazy(async () => (await import('./commands/run-decisions.ts')).retryStep),
  )
  on('complete', 'Declare a step or compensation done')
    .option('--result <json>', 'its result: JSON, @FILE, or - for stdin')
    .action(lazy(async () => (await import('./commands/run-decisions.ts')).completeStep))
}

const defineApprovals = (program: Command, lazy: Lazy): void => {
  program
    .command('approvals')
    .description('List what somebody is asked to approve')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await import('./commands/approvals.ts')).listApprovals))
  const on = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<run>', RUN)
      .argument('[step]', `${STEP}; may be left out where only one asks`)
      .option('--comment <text>', 'why, for those who look later')
  on('approve', 'Approve what a run asks for').action(
    lazy(async () => (await import('./commands/run-decisions.ts')).approveStep),
  )
  on('reject', 'Reject it: the step fails, and its run as the step’s policy says').action(
    lazy(async () => (await import('./commands/run-decisions.ts')).rejectStep),
  )
}

/** States are written in capitals, and meant in any. */
const upperCaseStatus = (text: string): string => {
  const status = text.toUpperCase()
  if (STATUSES.includes(status)) return status
  throw new InvalidArgumentError(`Allowed choices are ${STATUSES.join(', ')}.`)
}
