import type { Command } from 'commander'
import { collect } from './option-parsing.ts'
import type { Lazy } from './session.ts'

/** Finding and registering agents. */
export const defineAgentCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('agents')
    .description('List agents, or search them')
    .argument('[query]', 'words to search for')
    .addHelpText('after', '\nExamples:\n  $ cadre agents\n  $ cadre agents csv --json')
    .action(lazy(async () => (await import('./commands/agents.ts')).listAgents))

  program
    .command('agent')
    .description('Show one agent and its record')
    .argument('<agent>', 'name or id')
    .addHelpText('after', '\nExample:\n  $ cadre agent word-count')
    .action(lazy(async () => (await import('./commands/agent.ts')).showAgent))

  program
    .command('register')
    .description('Register an agent that runs elsewhere, and show its key once')
    .argument('<name>', 'name of the agent')
    .option('--version <version>', 'semantic version (default: 1.0.0)')
    .option('--description <text>', 'what it does')
    .option('--capability <name>', 'what it is good for; may be repeated', collect)
    .option('--price <dollars>', 'price of one task in US dollars')
    .addHelpText('after', '\nExample:\n  $ cadre register translator --capability text.translate')
    .action(lazy(async () => (await import('./commands/register.ts')).registerAgent))
}
