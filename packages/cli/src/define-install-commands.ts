import type { Command } from 'commander'
import { Option } from 'commander'
import { collect, integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 20
const LISTED_MAX = 1_000
const ACCEPT = 'do not ask where it asks for more than the sandbox gives every program'

/** What the marketplace offers, and what is installed from it. */
export const defineInstallCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('search')
    .description('Search the marketplace, or list the best of it')
    .argument('[words...]', 'what it should do; the last word may be cut short')
    .addOption(new Option('--type <type>', 'of this type').choices(['agent', 'workflow']))
    .option('--tag <tag>', 'with this tag; may be repeated', collect)
    .option('--capability <name>', 'that offers this capability')
    .addOption(
      new Option('--sort <order>', 'relevance with words, quality without').choices([
        'relevance',
        'quality',
        'newest',
        'most_used',
        'price',
        'name',
      ]),
    )
    .option('--limit <count>', 'how many at the most', integerBetween(1, 100), LISTED)
    .addHelpText('after', '\nExamples:\n  $ cadre search word count\n  $ cadre search --tag text')
    .action(lazy(async () => (await import('./commands/market-search.ts')).searchMarket))

  program
    .command('show')
    .description('Show an item of the marketplace: what it does, asks for and did for others')
    .argument('<item>', 'name, or name@version')
    .option('--readme', 'with its README')
    .addHelpText('after', '\nExample:\n  $ cadre show word-count')
    .action(lazy(async () => (await import('./commands/market-show.ts')).showItem))

  program
    .command('install')
    .description('Install an item of the marketplace into your tenant')
    .argument('<item>', 'name, or name@range, such as word-count@^1.2')
    .option('--as <name>', 'under this name (default: the name of the item)')
    .option('--accept-permissions', ACCEPT)
    .addHelpText('after', INSTALL_EXAMPLES)
    .action(lazy(async () => (await import('./commands/install.ts')).installItem))

  program
    .command('update')
    .description('Move what is installed to the newest version in its range')
    .argument('[name]', 'what to update, or name@range for another range')
    .option('--all', 'everything that is installed')
    .option('--dry-run', 'show what would change')
    .option('--accept-permissions', ACCEPT)
    .addHelpText(
      'after',
      '\nExamples:\n  $ cadre update --all --dry-run\n  $ cadre update parrot@^2',
    )
    .action(lazy(async () => (await import('./commands/update.ts')).updateInstalls))

  program
    .command('uninstall')
    .description('Uninstall: deletes the agents or workflows that it brought')
    .argument('<name>', 'as `cadre installs` shows it')
    .action(lazy(async () => (await import('./commands/install.ts')).uninstall))

  program
    .command('installs')
    .description('List what is installed from the marketplace, and what has updates')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED_MAX)
    .action(lazy(async () => (await import('./commands/installs.ts')).listInstalls))
}

const INSTALL_EXAMPLES = `
Examples:
  $ cadre install word-count
  $ cadre install word-count@~1.2 --as counter
  $ cadre run word-count --input README.md`
