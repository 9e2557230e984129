import type { ObjectReference } from '@cadre/contract'

/** `Agent 0198…`; null stands for no object in particular. */
export const objectWords = (object: ObjectReference | null): string =>
  object === null ? 'no object in particular' : `${object.type} ${object.id}`
