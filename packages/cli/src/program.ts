import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { openClient, resolveConnection, URL_DEFAULT } from './connection.ts'
import { defineAccessCommands } from './define-access-commands.ts'
import { defineAgentCommands } from './define-agent-commands.ts'
import { defineAuditCommands } from './define-audit-commands.ts'
import { defineIdentityCommands } from './define-identity-commands.ts'
import { defineInstallCommands } from './define-install-commands.ts'
import { defineMarketplaceCommands } from './define-marketplace-commands.ts'
import { defineMirrorCommands } from './define-mirror-commands.ts'
import { definePublishCommands } from './define-publish-commands.ts'
import { defineQuarantineCommands } from './define-quarantine-commands.ts'
import { defineQueueCommands } from './define-queue-commands.ts'
import { defineRunCommands } from './define-run-commands.ts'
import { defineScheduleCommands } from './define-schedule-commands.ts'
import { defineSystemCommands } from './define-system-commands.ts'
import { defineTaskCommands } from './define-task-commands.ts'
import { defineTenantCommands } from './define-tenant-commands.ts'
import { defineWebhookCommands } from './define-webhook-commands.ts'
import { defineWorkflowCommands } from './define-workflow-commands.ts'
import { readEnvironment } from './environment.ts'
import { CommandError, EXIT_USAGE, explain } from './failures.ts'
import type { Lazy, Session } from './session.ts'
import type { Output, Surroundings } from './surroundings.ts'
import { createTerminal, printError, showsColour } from './terminal.ts'

/** Runs a command line and answers the exit code; nothing is thrown. */
export const run = async (args: string[], surroundings: Surroundings): Promise<number> => {
  const isJson = args.includes('--json')
  let exitCode = 0
  const program = buildProgram({
    isJson,
    surroundings,
    lazy: lazyAction(surroundings, (code) => {
      exitCode = code
    }),
  })
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
    const failure =
      error instanceof CommandError ? error : new CommandError('cli.fault', String(error))
    printError(failure, surroundings, isJson)
    return failure.exitCode
  }
}

interface ProgramParts {
  isJson: boolean
  surroundings: Surroundings
  lazy: Lazy
}

const buildProgram = ({ isJson, surroundings, lazy }: ProgramParts): Command => {
  const { stdout, stderr, variables } = surroundings
  const program = new Command('cadre')
  program
    .description('Publish agents, give them work and see what comes of it.')
    .version(packageJson.version, '-V, --version', 'show the version')
    // What stands behind a command belongs to it: `publish --version` is the agent's version.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
      getOutHasColors: () => showsColour(stdout, variables),
      getErrHasColors: () => showsColour(stderr, variables),
      outputError: (text, write) => {
        const message = text.replace(/^error: /, '').trim()
        if (isJson) printError({ code: 'cli.usage', message, details: [] }, surroundings, true)
        else write(`${message}\n`)
      },
    })
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', EXAMPLES)
  defineSystemCommands(program, lazy)
  defineAgentCommands(program, lazy)
  defineInstallCommands(program, lazy)
  defineMarketplaceCommands(program, lazy)
  definePublishCommands(program, lazy)
  const run = defineTaskCommands(program, lazy)
  defineRunCommands(program, run, lazy)
  defineWorkflowCommands(program, lazy)
  defineWebhookCommands(program, lazy)
  defineScheduleCommands(program, lazy)
  defineQueueCommands(program, lazy)
  defineQuarantineCommands(program, lazy)
  defineIdentityCommands(program, lazy)
  defineAccessCommands(program, lazy)
  defineAuditCommands(program, lazy)
  defineTenantCommands(program, lazy)
  defineMirrorCommands(program, lazy)
  for (const command of withSubcommands(program)) addGlobalOptions(command)
  return program
}

const HELP_COLUMNS_DEFAULT = 80

const widthOf = ({ isTTY, columns = 0 }: Output): number =>
  isTTY && columns > 0 ? columns : HELP_COLUMNS_DEFAULT

const withSubcommands = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
]

/** Taken before and behind the command alike. */
const addGlobalOptions = (command: Command): void => {
  const options = [
    new Option('--url <address>', `where Cadre listens (CADRE_URL, ${URL_DEFAULT})`),
    new Option('--key <key>', 'key to identify with (CADRE_KEY, or the local key file)'),
    new Option('--json', 'machine-readable output'),
  ]
  for (const option of options) command.addOption(option.helpGroup('Global options:'))
  command.helpOption('-h, --help', 'show this help')
}

const EXAMPLES = `
Examples:
  $ cadre start
  $ cadre agents
  $ cadre run word-count --input README.md
  $ cadre trigger document-pipeline --files docs --follow
  $ cadre quarantine
  $ cadre watch --json | jq .type

Exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted.`

const lazyAction =
  (surroundings: Surroundings, exitWith: (code: number) => void): Lazy =>
  (load) =>
  async (...received) => {
    const command = received.at(-1) as Command
    const { json, url, key } = command.optsWithGlobals<GlobalOptions>()
    const { folder, signals, variables } = surroundings
    const environment = readEnvironment(variables)
    const connection = resolveConnection({ url, key }, environment, folder)
    const session: Session = {
      client: openClient(connection),
      connection,
      environment,
      terminal: createTerminal(surroundings, environment, json === true),
      pathOf: (typed) => resolve(folder, typed),
      signals,
    }
    try {
      const action = await load()
      const code = await action(
        session,
        received.slice(0, -2) as Parameters<typeof action>[1],
        command.opts() as Parameters<typeof action>[2],
      )
      exitWith(code ?? 0)
    } catch (error) {
      throw explain(error, connection)
    }
  }

interface GlobalOptions {
  json?: boolean
  url?: string
  key?: string
}
