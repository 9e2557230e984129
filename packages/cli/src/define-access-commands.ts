import type { Command } from 'commander'
import { collect, integerBetween, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 20
const LISTED_MAX = 10_000
const TYPE = 'kind of object, such as Task, Agent, Workflow or Run'
const ID = 'its id; of workflows, queues and roles the name'

/** Who may do what: decisions explained, roles, grants and policies. */
export const defineAccessCommands = (program: Command, lazy: Lazy): void => {
  const access = program.command('access').description('Explain who may do what, and why')
  access
    .command('explain')
    .description('Say whether an action is permitted, and what determines that')
    .argument('<action>', 'such as task.cancel')
    .argument('[type]', TYPE)
    .argument('[id]', ID)
    .option('--principal <id>', 'somebody else than you')
    .action(lazy(async () => (await import('./commands/access-explain.ts')).explainAccess))

  const roles = program
    .command('roles')
    .description('List roles; make, change and delete your own')
    .action(lazy(async () => (await import('./commands/roles.ts')).listRoles))
  roles
    .command('set')
    .description('Make a role, or replace what it permits')
    .argument('<name>', 'lower-case letters, digits and hyphens')
    .option('--permit <actions>', 'such as task.read, task.* or *; repeatable', collect, [])
    .option('--inherit <role>', 'all that this role permits; repeatable', collect, [])
    .option('--description <text>', 'what it is for')
    .addHelpText('after', ROLE_EXAMPLES)
    .action(lazy(async () => (await import('./commands/roles.ts')).setRole))
  roles
    .command('delete')
    .description('Delete a role that nobody has')
    .argument('<name>', 'a role of your own')
    .action(lazy(async () => (await import('./commands/roles.ts')).deleteRole))

  const grants = program
    .command('grants')
    .description('List rights on single objects; give and withdraw them')
    .option('--principal <id>', 'of this one only')
    .option('--role <role>', 'of this role only')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await import('./commands/grants.ts')).listGrants))
  grants
    .command('add')
    .description('Permit something on one object, and on what belongs to it')
    .argument('<type>', TYPE)
    .argument('<id>', ID)
    .requiredOption('--permit <actions>', 'such as task.read or run.*; repeatable', collect, [])
    .option('--to <principal>', 'id of who gets it')
    .option('--to-role <role>', 'or all who have this role')
    .option('--until <time>', 'when it ends', timestamp)
    .requiredOption('--reason <text>', 'why, for whoever looks at it later')
    .addHelpText('after', GRANT_EXAMPLES)
    .action(lazy(async () => (await import('./commands/grants.ts')).addGrant))
  grants
    .command('withdraw')
    .description('Withdraw a grant')
    .argument('<id>', 'id of the grant')
    .action(lazy(async () => (await import('./commands/grants.ts')).withdrawGrant))

  const policies = program
    .command('policies')
    .description('List policies; check, write, try and activate them')
    .option('--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX), LISTED)
    .action(lazy(async () => (await import('./commands/policies.ts')).listPolicies))
  policies
    .command('lint')
    .description('Check policy files without keeping anything')
    .argument('<files...>', 'files in Cedar')
    .action(lazy(async () => (await import('./commands/policies.ts')).lintPolicies))
  policies
    .command('add')
    .description('Write a policy, or a new version of it; it decides nothing yet')
    .argument('<name>', 'how people call it')
    .argument('<file>', 'a file in Cedar')
    .action(lazy(async () => (await import('./commands/policies.ts')).addPolicy))
  policies
    .command('try')
    .description('Say which recent decisions a policy would change')
    .argument('<policy>', 'name or id')
    .action(lazy(async () => (await import('./commands/policies.ts')).tryPolicy))
  policies
    .command('activate')
    .description('Let a policy decide from now on')
    .argument('<policy>', 'name or id')
    .option('--confirm <count>', 'how many decisions may change', integerBetween(0, 1_000_000))
    .option('--force', 'even if no administrator could manage policies any more')
    .action(lazy(async () => (await import('./commands/policies.ts')).activatePolicy))
  policies
    .command('deactivate')
    .description('Let a policy decide nothing any more')
    .argument('<policy>', 'name or id')
    .option('--confirm <count>', 'how many decisions may change', integerBetween(0, 1_000_000))
    .action(lazy(async () => (await import('./commands/policies.ts')).deactivatePolicy))
}

const ROLE_EXAMPLES = `
Examples:
  $ cadre roles set release-manager --inherit viewer --permit 'workflow.*' --permit run.start`

const GRANT_EXAMPLES = `
Examples:
  $ cadre grants add Workflow nightly-report --permit 'run.*' --to 0199… --until 2026-12-31 --reason 'holiday cover'`
