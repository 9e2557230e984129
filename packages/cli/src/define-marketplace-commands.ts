import type { Command } from 'commander'
import type { Lazy } from './session.ts'

/** What comes from the marketplace, and whether it is what was published. */
export const defineMarketplaceCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('verify')
    .description('Check, on this machine, that a published version is what was signed')
    .argument('<item@version>', 'such as word-count@1.2.0')
    .option('--file <file>', 'the binary that you have: it must be the one that was signed')
    .option(
      '--public-key <key>',
      'the key that you trust, in base64, or a file with it; without it, the one that the server names',
    )
    .addHelpText('after', EXAMPLES)
    .action(lazy(async () => (await import('./commands/verify.ts')).verifyRelease))
}

const EXAMPLES = `
Examples:
  $ cadre verify word-count@1.2.0
  $ cadre verify word-count@1.2.0 --file word-count.wasm --public-key publisher.pem

Exit codes: 0 everything holds, 1 something does not.`
