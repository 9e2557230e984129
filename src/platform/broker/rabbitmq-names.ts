import type { TaskCommand } from '@cadre/contract'
import { createHash } from 'node:crypto'

/**
 * Topic exchanges that Cadre declares. Tasks go through `agents`, steps of runs through `commands`,
 * where their topics tell actions from compensations.
 */
export const EXCHANGES = {
  agents: 'cadre.agents',
  commands: 'cadre.commands',
  events: 'cadre.events',
  tools: 'cadre.tools',
  dead: 'cadre.dead',
} as const

export const DEAD_QUEUE = 'cadre.dead'

/** Limit of the protocol for names and routing keys, with room for the topic of a command. */
const NAME_BYTES_MAX = 240
const KEPT_LENGTH = 40

/** The routing key of a command to this queue. */
export const topicOf = (command: TaskCommand, name: string): string => `${command}.${name}`

/**
 * The queue's name at the broker and its routing key: the same, unless it is too long for the
 * protocol or a word of it would mean any word in a binding.
 */
export const brokerNameOf = (queue: string): string => {
  const isFit = Buffer.byteLength(queue) <= NAME_BYTES_MAX && !/[*#]/.test(queue)
  if (isFit) return queue
  const digest = createHash('sha256').update(queue).digest('hex')
  return `${queue.slice(0, KEPT_LENGTH).replace(/[*#]/g, '_')}.${digest}`
}
