import type { Command } from 'commander'
import { integerBetween } from './option-parsing.ts'
import type { Lazy } from './session.ts'

const WORKFLOWS_LISTED = 20
const WORKFLOWS_LISTED_MAX = 10_000
const NAMED = 'name (the latest version), name@version or id'

/** Definitions of workflows: checking, publishing, looking at them. */
export const defineWorkflowCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('workflows')
    .description('List workflows, or search them')
    .argument('[query]', 'part of the name or description')
    .option('--tag <tag>', 'with this tag')
    .option(
      '--limit <count>',
      'how many at the most',
      integerBetween(1, WORKFLOWS_LISTED_MAX),
      WORKFLOWS_LISTED,
    )
    .action(lazy(async () => (await import('./commands/workflows.ts')).listWorkflows))

  const workflow = program
    .command('workflow')
    .description('Check, publish, show or delete the definition of a workflow')
    .addHelpText('after', EXAMPLES)
  workflow
    .command('lint')
    .description('Check definitions and publish nothing; exit code 1 when there are problems')
    .argument('<file...>', 'YAML or JSON; - reads stdin')
    .addHelpText(
      'after',
      '\nThe Cadre at --url does the checking, since it knows which agents there are.',
    )
    .action(lazy(async () => (await import('./commands/workflow-lint.ts')).lintWorkflows))
  workflow
    .command('publish')
    .description('Publish a version; what is wrong with it is told line by line')
    .argument('<file>', 'YAML or JSON; - reads stdin')
    .action(lazy(async () => (await import('./commands/workflow-publish.ts')).publishWorkflow))
  workflow
    .command('show')
    .description('Show a workflow and its steps')
    .argument('<workflow>', NAMED)
    .option('--source', 'the text that it was published from')
    .action(lazy(async () => (await import('./commands/workflow.ts')).showWorkflow))
  workflow
    .command('versions')
    .description('List the versions of a workflow, the greatest first')
    .argument('<workflow>', NAMED)
    .action(lazy(async () => (await import('./commands/workflow.ts')).listVersions))
  workflow
    .command('delete')
    .description('Delete a version; runs that began go on')
    .argument('<workflow>', 'name@version or id')
    .action(lazy(async () => (await import('./commands/workflow.ts')).deleteWorkflow))
}

const EXAMPLES = `
Examples:
  $ cadre workflow lint workflows/*.yaml
  $ cadre workflow publish order.yaml
  $ cadre workflow show order@1.2.0`
