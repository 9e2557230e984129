import type { MissingReference } from '@cadre/contract'
import type { Offers } from '#features/marketplace/index.ts'

type Missing = Pick<MissingReference, 'kind' | 'name'>

/** What could be done about names that a workflow uses and the tenant does not have. */
export const hintsFor = async (
  missing: readonly Missing[],
  offers: Pick<Offers, 'listedNames' | 'listedFor'>,
): Promise<MissingReference[]> => {
  if (missing.length === 0) return []
  const once = [...new Map(missing.map((one) => [`${one.kind} ${one.name}`, one])).values()]
  const named = once.filter(({ kind }) => kind !== 'capability').map(({ name }) => itemOf(name))
  const listed = await offers.listedNames(named)
  const offering = await offers.listedFor(
    once.filter(({ kind }) => kind === 'capability').map(({ name }) => name),
  )
  const hintOf = ({ kind, name }: Missing): string => {
    if (kind === 'capability') {
      const item = offering.get(name)
      return item === undefined
        ? 'Nothing in the marketplace offers it. Publish an agent that does.'
        : `Install ${item}, which offers it.`
    }
    return listed.has(itemOf(name))
      ? `Install ${itemOf(name)} from the marketplace.`
      : `The marketplace has no ${itemOf(name)}. Publish ${kind === 'agent' ? 'an agent' : 'a workflow'} of this name.`
  }
  return once.map(({ kind, name }) => ({ kind, name, hint: hintOf({ kind, name }) }))
}

const itemOf = (reference: string): string => reference.split('@', 1)[0] ?? reference
