import type { Command } from 'commander'
import { integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 100
const LISTED_MAX = 10_000
const WEIGHT_MAX = 1_000
const NAMED = 'name or id'

/** Customers, as the operator of the platform looks after them. */
export const defineTenantCommands = (program: Command, lazy: Lazy): void => {
  const tenants = program
    .command('tenants')
    .description('List tenants; create, suspend, resume, export or delete one')
  const limit = ['--limit <count>', 'how many at the most', integerBetween(1, LISTED_MAX)] as const
  tenants
    .command('list', { isDefault: true })
    .description('List tenants by name')
    .option(...limit, LISTED)
    .action(lazy(async () => (await import('./commands/tenants.ts')).listTenants))
  tenants
    .command('create')
    .description('Create a tenant, and print the API key of its first administrator')
    .argument('<name>', 'lower-case letters, digits and hyphens; it never changes')
    .option('--admin <name>', 'name of the administrator', 'administrator')
    .option('--display-name <name>', 'for people')
    .option('--weight <number>', 'its share of shared queues', integerBetween(1, WEIGHT_MAX))
    .action(lazy(async () => (await import('./commands/tenants.ts')).createTenant))
  tenants
    .command('suspend')
    .description('Let nothing of it begin; what is under way may end, and nothing is lost')
    .argument('<tenant>', NAMED)
    .requiredOption('--reason <text>', 'for the audit log')
    .action(lazy(async () => (await import('./commands/tenants.ts')).suspendTenant))
  tenants
    .command('resume')
    .description('Let everything go on')
    .argument('<tenant>', NAMED)
    .action(lazy(async () => (await import('./commands/tenants.ts')).resumeTenant))
  tenants
    .command('export')
    .description('Write all that is kept of it, without secrets, into a new file, a row per line')
    .argument('<tenant>', NAMED)
    .argument('<file>', 'a file that does not exist yet')
    .action(lazy(async () => (await import('./commands/tenant-export.ts')).exportTenant))
  tenants
    .command('delete')
    .description('Delete a suspended tenant and all that is kept of it, for good')
    .argument('<tenant>', NAMED)
    .requiredOption('--confirm <name>', 'its name once more')
    .action(lazy(async () => (await import('./commands/tenants.ts')).deleteTenant))
}
