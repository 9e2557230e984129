import type { Command } from 'commander'
import { collect, integerBetween, timestamp } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const LISTED = 20
const LISTED_MAX = 10_000
const DAYS_MAX = 3_650
const DAY_SECONDS = 86_400
const MEMBER = 'e-mail address or id'
const ACCOUNT = 'name or id'
const USER = 'id or e-mail address of a user'

/** Who you are, your keys, and the people of your tenant. */
export const defineIdentityCommands = (program: Command, lazy: Lazy): void => {
  const limit = [
    '--limit <count>',
    'how many at the most',
    integerBetween(1, LISTED_MAX),
    LISTED,
  ] as const
  program
    .command('login')
    .description('Log in to the server named by --url, and keep a key for it')
    .option('--email <address>', 'default: asked for')
    .option('--password-stdin', 'read the password from stdin')
    .option('--key-stdin', 'read an API key from stdin, and keep that one')
    .option('--tenant <name>', 'which, where you are a member of several')
    .option('--days <count>', 'how long the key is good', integerBetween(1, DAYS_MAX), 90)
    .action(lazy(async () => (await import('./commands/login.ts')).login))
  program
    .command('logout')
    .description('Revoke the key that login kept, and forget it')
    .action(lazy(async () => (await import('./commands/login.ts')).logout))
  program
    .command('whoami')
    .description('Say who you are, and by which key')
    .action(lazy(async () => (await import('./commands/login.ts')).whoAmI))

  const keys = program
    .command('keys')
    .description('List API keys; create, rotate and revoke them')
    .option('--all', "everybody's, not only your own")
    .option('--of <principal>', 'of this service account or member, by id')
    .option(...limit)
    .action(lazy(async () => (await import('./commands/keys.ts')).listKeys))
  keys
    .command('create')
    .description('Make a key, and print it')
    .argument('<label>', 'what it is for')
    .option('--scope <actions>', 'all it is good for, such as task.*; repeatable', collect, [])
    .option('--until <time>', 'when it ends', timestamp)
    .option('--service-account <account>', 'for this one, by name or id, instead of yourself')
    .action(lazy(async () => (await import('./commands/keys.ts')).createKey))
  keys
    .command('rotate')
    .description('Replace a key by a new one, and print that')
    .argument('<id>', 'id of the key')
    .option(
      '--overlap <seconds>',
      'how long the old one stays good',
      integerBetween(0, DAY_SECONDS),
      0,
    )
    .action(lazy(async () => (await import('./commands/keys.ts')).rotateKey))
  keys
    .command('revoke')
    .description('End a key at once, with the sessions and tokens that it led to')
    .argument('<id>', 'id of the key')
    .action(lazy(async () => (await import('./commands/keys.ts')).revokeKey))

  const members = program
    .command('members')
    .description('List members; invite, disable and remove them, change their roles')
    .option(...limit)
    .action(lazy(async () => (await import('./commands/members.ts')).listMembers))
  members
    .command('invite')
    .description('Invite somebody, and print what to hand over')
    .argument('<email>', 'their address')
    .option('--role <role>', 'what they get', 'viewer')
    .action(lazy(async () => (await import('./commands/members.ts')).inviteMember))
  members
    .command('role')
    .description('Change the role of a member')
    .argument('<member>', MEMBER)
    .argument('<role>', 'viewer, developer, supervisor, admin or one of your own')
    .action(lazy(async () => (await import('./commands/members.ts')).setRole))
  for (const [name, isDisabled, what] of [
    ['disable', true, 'Keep a member out, at once'],
    ['enable', false, 'Let a member in again'],
  ] as const)
    members
      .command(name)
      .description(what)
      .argument('<member>', MEMBER)
      .action(lazy(async () => (await import('./commands/members.ts')).setDisabled(isDisabled)))
  members
    .command('remove')
    .description('Remove a member, with keys and sessions')
    .argument('<member>', MEMBER)
    .action(lazy(async () => (await import('./commands/members.ts')).removeMember))

  const accounts = program
    .command('service-accounts')
    .description('List the accounts of programs; create, change and remove them')
    .option(...limit)
    .action(lazy(async () => (await import('./commands/service-accounts.ts')).listServiceAccounts))
  accounts
    .command('create')
    .description('Make an account for a program')
    .argument('<name>', 'what it is called')
    .option('--role <role>', 'what it gets', 'developer')
    .action(lazy(async () => (await import('./commands/service-accounts.ts')).createServiceAccount))
  accounts
    .command('role')
    .description('Change the role of a service account')
    .argument('<account>', ACCOUNT)
    .argument('<role>', 'viewer, developer, supervisor, admin or one of your own')
    .action(lazy(async () => (await import('./commands/service-accounts.ts')).setAccountRole))
  accounts
    .command('rename')
    .description('Change the name of a service account')
    .argument('<account>', ACCOUNT)
    .argument('<name>', 'what it is called from now on')
    .action(lazy(async () => (await import('./commands/service-accounts.ts')).renameAccount))
  for (const [name, isDisabled, what] of [
    ['disable', true, 'Keep a program out, at once'],
    ['enable', false, 'Let a program in again'],
  ] as const)
    accounts
      .command(name)
      .description(what)
      .argument('<account>', ACCOUNT)
      .action(
        lazy(async () =>
          (await import('./commands/service-accounts.ts')).setAccountDisabled(isDisabled),
        ),
      )
  accounts
    .command('remove')
    .description('Remove a service account, with its keys')
    .argument('<account>', ACCOUNT)
    .action(lazy(async () => (await import('./commands/service-accounts.ts')).removeAccount))

  const users = program
    .command('users')
    .description('See people beyond the tenants, and keep them out of all of them')
  users
    .command('show')
    .description('Show a user, and where they are a member')
    .argument('<user>', USER)
    .action(lazy(async () => (await import('./commands/users.ts')).showUser))
  for (const [name, isDisabled, what] of [
    ['disable', true, 'Keep a user out of all tenants, at once'],
    ['enable', false, 'Let a user in again'],
  ] as const)
    users
      .command(name)
      .description(what)
      .argument('<user>', USER)
      .action(lazy(async () => (await import('./commands/users.ts')).setUserDisabled(isDisabled)))
}
