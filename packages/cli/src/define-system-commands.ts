import { Argument, type Command } from 'commander'
import type { Lazy } from './session.ts'

/** Starting Cadre, and finding out how it does. */
export const defineSystemCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('start')
    .description('Start Cadre here: API, dashboard, scheduler and worker in one process')
    .option('--host <address>', 'address to listen on (CADRE_HOST)')
    .option('--port <number>', 'port to listen on (CADRE_PORT)')
    .option('--data-dir <folder>', 'where the data are kept (CADRE_DATA_DIR, .cadre)')
    .addHelpText('after', '\nExample:\n  $ cadre start --port 9000 --data-dir /var/lib/cadre')
    .action(lazy(async () => (await import('./commands/start.ts')).startServer))

  program
    .command('doctor')
    .description('Check this machine and the server, and say how to mend what is wrong')
    .action(lazy(async () => (await import('./commands/doctor.ts')).runDoctor))

  program
    .command('health')
    .description('Show the health of the server and its components')
    .action(lazy(async () => (await import('./commands/health.ts')).showHealth))

  program
    .command('circuits')
    .description('List the circuit breakers of the server')
    .action(lazy(async () => (await import('./commands/circuits.ts')).listCircuits))
  program
    .command('circuit')
    .description('Reset a circuit breaker')
    .command('reset')
    .description('Have what is away tried now, without waiting for the next attempt')
    .argument('<circuit>', 'its name, such as broker:rabbitmq')
    .action(lazy(async () => (await import('./commands/circuits.ts')).resetCircuit))

  program
    .command('completion')
    .description('Print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(cadre completion bash)
  $ cadre completion zsh > "\${fpath[1]}/_cadre"
  $ cadre completion fish > ~/.config/fish/completions/cadre.fish`,
    )
    .action(lazy(async () => (await import('./commands/completion.ts')).completionOf(program)))

  // Asked by the completion scripts while a person types, so it is fast and says nothing else.
  program
    .command('agent-names', { hidden: true })
    .action(lazy(async () => (await import('./commands/agent-names.ts')).printAgentNames))
}
