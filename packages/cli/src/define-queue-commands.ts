import { InvalidArgumentError, type Command } from 'commander'
import type { Lazy } from './session.ts'

const LIMIT_MAX = 1_000_000

/** Looking at queues, stopping them and limiting them. */
export const defineQueueCommands = (program: Command, lazy: Lazy): void => {
  program
    .command('queues')
    .description('List queues with what is in them and what they allow')
    .action(lazy(async () => (await import('./commands/queues.ts')).listQueues))

  const queue = program
    .command('queue')
    .description('Show a queue, pause or resume it, or set its limits')
    .addHelpText('after', EXAMPLES)
  queue
    .command('show', { isDefault: true })
    .description('Show what is in a queue and what it allows')
    .argument('<queue>', NAMED)
    .action(lazy(async () => (await import('./commands/queue.ts')).showQueue))
  queue
    .command('pause')
    .description('Let nothing start; what runs goes on')
    .argument('<queue>', NAMED)
    .action(lazy(async () => (await import('./commands/queue.ts')).pauseQueue))
  queue
    .command('resume')
    .description('Let its tasks start again')
    .argument('<queue>', NAMED)
    .action(lazy(async () => (await import('./commands/queue.ts')).resumeQueue))
  queue
    .command('set')
    .description('Set or lift limits; those that are left out stay')
    .argument('<queue>', NAMED)
    .option('--concurrency <count>', 'tasks at the same time, or none for no limit', wholeLimit)
    .option(
      '--per-key <count>',
      'tasks of one concurrency key at the same time, or none',
      wholeLimit,
    )
    .option('--rate <number>', 'starts per second such as 2.5 or 2.5/s, or none', rateLimit)
    .option('--burst <count>', 'starts at once after a rest', wholeLimit)
    .action(lazy(async () => (await import('./commands/queue.ts')).setLimits))
}

const NAMED = 'name of the queue, or of its agent or capability'

const EXAMPLES = `
Examples:
  $ cadre queue tasks.wasm
  $ cadre queue pause translator
  $ cadre queue set translator --concurrency 5 --rate 2.5/s
  $ cadre queue set translator --rate none`

/** A whole number, or `none` to lift the limit. */
const wholeLimit = (text: string): number | 'none' => {
  if (text === 'none') return text
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= LIMIT_MAX) return value
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT_MAX}, or none.`)
}

const rateLimit = (text: string): number | 'none' => {
  if (text === 'none') return text
  const value = Number(text.replace(/\/s$/, '').trim() || Number.NaN)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0 such as 2.5 or 2.5/s, or none.')
}
