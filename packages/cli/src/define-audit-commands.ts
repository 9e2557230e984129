import { Option, type Command } from 'commander'
import { integerBetween, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 20
const LISTED_MAX = 10_000

/** Who did or was refused what; taking that along, and checking that nobody meddled with it. */
export const defineAuditCommands = (program: Command, lazy: Lazy): void => {
  const audit = program
    .command('audit')
    .description('List who did or was refused what; export the log, and verify it')
    .option('--actor <name>', 'of this person, service or agent: name or id')
    .option('--action <action>', 'such as agent.disable, or agent.* for all about agents')
    .option('--resource <name>', 'about this: name or id')
    .addOption(new Option('--decision <decision>', 'only these').choices(['allowed', 'denied']))
    .option('--since <time>', 'from then on', timestamp)
    .option('--until <time>', 'before then', timestamp)
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .addHelpText('after', EXAMPLES)
    .action(lazy(async () => (await import('./commands/audit.ts')).listAudit))
  audit
    .command('export')
    .description('Write the whole log into a new file, a record per line, and verify it')
    .argument('<file>', 'a file that does not exist yet')
    .action(lazy(async () => (await import('./commands/audit-export.ts')).exportAudit))
  audit
    .command('verify')
    .description('Verify the log of the server, or an exported file without any server')
    .argument('[file]', 'an exported file')
    .action(lazy(async () => (await import('./commands/audit-verify.ts')).verifyAudit))
}

const EXAMPLES = `
Examples:
  $ cadre audit --decision denied --since 2026-07-01
  $ cadre audit --action 'agent.*' --actor administrator
  $ cadre audit export audit-2026-07.ndjson
  $ cadre audit verify audit-2026-07.ndjson

Exit codes of verify: 0 sound, 1 somebody changed, removed or slipped in a record.`
