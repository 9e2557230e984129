import { Option, type Command } from 'commander'
import { integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 20
const LISTED_MAX = 10_000
const NAMED = 'name or id'

/** Addresses at which others start workflows. */
export const defineWebhookCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('webhooks')
    .description('List webhooks that start workflows')
    .option('--workflow <name>', 'only those that start this workflow, in whichever version')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await import('./commands/webhooks.ts')).listWebhooks))

  const webhook = program
    .command('webhook')
    .description('Create a webhook that starts a workflow, or change one')
  webhook
    .command('create')
    .description('Print an address at which posting JSON starts the workflow; it is shown once')
    .argument('<workflow>', 'name (the latest version at each start), name@version or id')
    .argument('<name>', 'who sends it')
    .addOption(
      new Option('--signature <scheme>', 'take signed messages only').choices([
        'standard',
        'github',
        'stripe',
      ]),
    )
    .option('--secret <secret>', 'the signing secret that the sender gave; - reads stdin')
    .option('--tolerance <seconds>', 'how old a signed message may be', integerBetween(1, 86_400))
    .option(
      '--context <json>',
      'context from the body, such as {"order": "${trigger.id}"}; or @FILE',
    )
    .action(lazy(async () => (await import('./commands/webhooks.ts')).createWebhook))
  webhook
    .command('disable')
    .description('Refuse what comes in until it is enabled again')
    .argument('<webhook>', NAMED)
    .action(lazy(async () => (await import('./commands/webhooks.ts')).disableWebhook))
  webhook
    .command('enable')
    .description('Take what comes in again')
    .argument('<webhook>', NAMED)
    .action(lazy(async () => (await import('./commands/webhooks.ts')).enableWebhook))
  webhook
    .command('delete')
    .description('Delete a webhook; runs that it started go on')
    .argument('<webhook>', NAMED)
    .action(lazy(async () => (await import('./commands/webhooks.ts')).deleteWebhook))
}
