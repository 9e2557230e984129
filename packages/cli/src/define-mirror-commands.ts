import type { Command } from 'commander'
import type { Lazy } from './session.ts'

/** Carrying a marketplace to where its origin cannot be reached. */
export const defineMirrorCommands = (program: Command, lazy: Lazy): void => {
  const mirror = program
    .command('mirror')
    .description('Take the marketplace along in a folder, verify it, and load it elsewhere')
    .addHelpText('after', EXAMPLES)
  mirror
    .command('sync')
    .description('Bring a folder up to date; interrupted, it goes on where it was')
    .requiredOption('--to <folder>', 'the folder of the mirror; made where it is absent')
    .action(lazy(async () => (await import('./commands/mirror-sync.ts')).syncMirror))
  mirror
    .command('verify')
    .description('Check every signature and file of a mirror, without any server')
    .argument('<folder>', 'the folder of the mirror')
    .option('--public-key <key...>', 'trust only these: base64, PEM, or a file that holds one')
    .action(lazy(async () => (await import('./commands/mirror-verify.ts')).verifyMirror))
  mirror
    .command('load')
    .description('List what a mirror holds in another installation that trusts its key')
    .argument('<folder>', 'the folder of the mirror')
    .action(lazy(async () => (await import('./commands/mirror-load.ts')).loadMirror))
}

const EXAMPLES = `
Examples:
  $ cadre mirror sync --to mirror
  $ cadre mirror verify mirror
  $ cadre --url https://inside.example.com mirror load mirror

Exit codes: 0 everything is sound and taken, 1 something was refused; it is named.`
