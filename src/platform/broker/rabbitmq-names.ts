import { createHash } from 'node:crypto'

/** Topic exchanges that Cadre declares. Tasks of every kind go through `agents`. */
export const EXCHANGES = {
  agents: 'cadre.agents',
  commands: 'cadre.commands',
  events: 'cadre.events',
  tools: 'cadre.tools',
  dead: 'cadre.dead',
} as const

export const DEAD_QUEUE = 'cadre.dead'

/** Limit of the protocol for names and routing keys. */
const NAME_BYTES_MAX = 255
const KEPT_LENGTH = 40

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
