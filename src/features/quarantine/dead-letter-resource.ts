import type { Resource } from '#features/access/index.ts'
import type { DeadLetterRecord } from './dead-letter-store.ts'

/** A dead letter as decisions about access see it. */
export const deadLetterResource = ({
  id,
  queue,
}: Pick<DeadLetterRecord, 'id' | 'queue'>): Resource<'DeadLetter'> => ({
  type: 'DeadLetter',
  id,
  parents: [],
  attributes: { queue },
})
