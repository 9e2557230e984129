import type { Install, VersionDiff } from '@cadre/contract'
import { printable } from './printable.ts'

/** `free`, or the price of each finished task without needless zeros. */
export const dollars = (price: string): string =>
  Number(price) === 0 ? 'free' : `$${price.replace(/0+$/, '').replace(/\.$/, '')}`

/** `parrot@^1.2` → its name and range. */
export const itemAndRange = (reference: string): { item: string; range: string | undefined } => {
  const at = reference.indexOf('@')
  if (at < 0) return { item: reference, range: undefined }
  return { item: reference.slice(0, at), range: reference.slice(at + 1) || undefined }
}

/** `parrot 1.0.0`, or `parrot 1.0.0 as bird`. */
export const nameOfInstall = ({ name, item, version }: Install): string =>
  printable(name === item ? `${item} ${version}` : `${item} ${version} as ${name}`)

/** What changes between two versions, one line each. */
export const diffLines = (diff: VersionDiff): string[] => {
  const lines = [
    ...sets('asks for', diff.permissions),
    ...sets('offers', diff.capabilities),
    diff.price && `price: ${dollars(diff.price.from)} → ${dollars(diff.price.to)}`,
    diff.input_schema && 'its input is described otherwise',
    diff.output_schema && 'its output is described otherwise',
    diff.licence && `licence: ${diff.licence.from ?? 'none'} → ${diff.licence.to ?? 'none'}`,
  ].filter((line) => typeof line === 'string')
  return (lines.length === 0 ? ['asks for, offers and costs the same'] : lines).map(printable)
}

const sets = (verb: string, { added, removed }: VersionDiff['permissions']): string[] => [
  ...(added.length === 0 ? [] : [`+ ${verb} ${added.join(', ')}`]),
  ...(removed.length === 0 ? [] : [`- no longer ${verb} ${removed.join(', ')}`]),
]
