import type { Command } from 'commander'
import { collect, integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const WAIT_SECONDS_MAX = 3_600
const LISTED = 20
const LISTED_MAX = 10_000
const ITEM_VERSION = 'NAME@VERSION'

/** Publishing by a manifest, and what becomes of published versions. */
export const definePublishCommands = (program: Command, lazy: Lazy): void => {
  definePublish(program, lazy)
  program
    .command('init')
    .description('Write a manifest with a word on every key, for `cadre publish`')
    .argument('[dir]', 'where', '.')
    .option('--name <name>', 'name of what is published (default: from the folder)')
    .action(lazy(async () => (await import('./commands/init.ts')).initManifest))

  const manifest = program.command('manifest').description('About manifests')
  manifest
    .command('schema')
    .description('Print the JSON Schema of cadre.yaml')
    .action(lazy(async () => (await import('./commands/manifest-schema.ts')).printSchema))

  defineStatusCommands(program, lazy)
  defineReviews(program, lazy)
}

const definePublish = (program: Command, lazy: Lazy): void => {
  program
    .command('publish')
    .description('Publish an agent or a workflow by its cadre.yaml, or a .wasm file alone')
    .argument('[path]', 'a folder with a cadre.yaml, a manifest, or a .wasm file (default: here)')
    .option('--dry-run', 'read the manifest and all that it names, and send nothing')
    .option('--no-list', 'publish for your own tenant, and do not offer it in the marketplace')
    .option(
      '--wait <seconds>',
      'wait so long for admission (default: 120)',
      integerBetween(0, WAIT_SECONDS_MAX),
    )
    .option('--name <name>', 'of a .wasm file: name of the agent (default: from the file name)')
    .option('--version <version>', 'of a .wasm file: semantic version (default: 1.0.0)')
    .option('--description <text>', 'of a .wasm file: what it does')
    .option('--capability <name>', 'of a .wasm file: what it is good for; repeatable', collect)
    .option('--price <dollars>', 'of a .wasm file: price of one task in US dollars')
    .addHelpText('after', PUBLISH_HELP)
    .action(lazy(async () => (await import('./commands/publish.ts')).publish))
}

const PUBLISH_HELP = `
What is there already and the very same is left alone, so that publishing again does no harm.

Exit codes: 0 published and listed, 1 refused or rejected, 3 listed when a person has decided.

Examples:
  $ cadre init && cadre publish --dry-run && cadre publish
  $ cadre publish agents/translator --no-list
  $ cadre publish word-count.wasm --version 1.2.0 --capability text.count`

const defineStatusCommands = (program: Command, lazy: Lazy): void => {
  const statuses = async () => import('./commands/version-status.ts')
  program
    .command('deprecate')
    .description('Keep a version listed, with a warning')
    .argument('<item>', ITEM_VERSION)
    .requiredOption('--message <text>', 'why, and what to use instead')
    .action(lazy(async () => (await statuses()).deprecateVersion))
  program
    .command('yank')
    .description('Take a version off the list; those who name it exactly still find it')
    .argument('<item>', ITEM_VERSION)
    .requiredOption('--message <text>', 'why, and what to use instead')
    .action(lazy(async () => (await statuses()).yankVersion))
  program
    .command('restore')
    .description('List a deprecated or yanked version as before')
    .argument('<item>', ITEM_VERSION)
    .option('--message <text>', 'why')
    .action(lazy(async () => (await statuses()).restoreVersion))
}

const defineReviews = (program: Command, lazy: Lazy): void => {
  const load = async () => import('./commands/reviews.ts')
  const reviews = program
    .command('reviews')
    .description('Decide about publications that wait for a person (operator)')
  reviews
    .command('list', { isDefault: true })
    .description('List what waits, the oldest first')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await load()).listReviews))
  reviews
    .command('show')
    .description('Show a version, with what admission found')
    .argument('<item>', ITEM_VERSION)
    .action(lazy(async () => (await load()).showReview))
  reviews
    .command('approve')
    .description('List a held version')
    .argument('<item>', ITEM_VERSION)
    .option('--reason <text>', 'for the record')
    .action(lazy(async () => (await load()).approveReview))
  reviews
    .command('reject')
    .description('Refuse a held version')
    .argument('<item>', ITEM_VERSION)
    .requiredOption('--reason <text>', 'what its publisher reads')
    .action(lazy(async () => (await load()).rejectReview))
}
