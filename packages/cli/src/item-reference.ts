import { AgentName, Version } from '@cadre/contract'
import { usageError } from './failures.ts'

export interface ItemReference {
  name: string
  version: string
}

/** `NAME@VERSION`, as it is typed. */
export const parseItemReference = (text: string): ItemReference => {
  const at = text.indexOf('@')
  const [name, version] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  const isSound = AgentName.safeParse(name).success && Version.safeParse(version).success
  if (!isSound)
    throw usageError(`"${text}" is no version of an item. Write it as in word-count@1.2.0.`)
  return { name, version }
}
