import type { MarketplaceVersion, MarketplaceVersionSummary } from '@cadre/contract'
import { fieldLines } from '../field-lines.ts'
import { findingLines } from '../finding-lines.ts'
import { parseItemReference } from '../item-reference.ts'
import { showTable, tellRest } from '../list-display.ts'
import { collectPages } from '../pages.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Column } from '../table.ts'
import { relativeTime } from '../wording.ts'

/** `cadre reviews` */
export const listReviews: Action<[], { limit: number }> = async (
  { client, terminal },
  _args,
  { limit },
) => {
  const found = await collectPages(limit, client.marketplace.reviews)
  if (terminal.isJson) return terminal.document(found)
  if (found.items.length === 0) return terminal.note('Nothing waits for a reviewer.')
  showTable(terminal, found.items, COLUMNS)
  tellRest(terminal, found, 'version')
}

const COLUMNS: Column<MarketplaceVersionSummary>[] = [
  { title: 'ITEM', value: ({ name, version }) => `${name}@${version}` },
  { title: 'TYPE', value: ({ item_type }) => item_type },
  { title: 'PUBLISHER', value: ({ publisher }) => publisher },
  { title: 'PUBLISHED', value: ({ published_at }) => relativeTime(published_at) },
  { title: 'WHY', value: ({ state_reason }) => state_reason ?? '', isFlexible: true },
]

/** `cadre reviews show NAME@VERSION` */
export const showReview: Action<[item: string]> = async ({ client, terminal }, [item]) => {
  const { name, version } = parseItemReference(item)
  const found = await client.marketplace.version(name, version)
  if (terminal.isJson) return terminal.document(found)
  for (const line of fieldLines(aboutVersion(found), terminal)) terminal.line(line)
  terminal.line()
  for (const line of findingLines(found, terminal)) terminal.line(line)
}

const aboutVersion = (version: MarketplaceVersion): [string, string | null][] => [
  ['Item', `${version.name} ${version.version} (${version.item_type})`],
  ['Description', version.description || null],
  ['Publisher', `${version.publisher}, ${version.published_by}`],
  ['Published', relativeTime(version.published_at)],
  ['State', version.state],
  ['Reason', version.state_reason],
  ['Asks for', version.permissions === null ? null : version.permissions.join(', ') || 'nothing'],
  ['Offers', version.capabilities.join(', ') || null],
  ['Licence', version.licence],
  ['Price', `$${version.price}`],
  ['Image', version.artefact?.image ?? null],
  ['SHA-256', version.artefact?.sha256 ?? null],
]

interface DecisionOptions {
  reason?: string
}

/** `cadre reviews approve NAME@VERSION` */
export const approveReview: Action<[item: string], DecisionOptions> = async (
  { client, terminal },
  [item],
  { reason },
) => {
  const { name, version } = parseItemReference(item)
  const { id } = await client.marketplace.version(name, version)
  const decided = await client.marketplace.approve(id, { reason })
  if (terminal.isJson) return terminal.document(decided)
  terminal.line(`${printable(decided.name)} ${printable(decided.version)} is approved.`)
}

/** `cadre reviews reject NAME@VERSION --reason …` */
export const rejectReview: Action<[item: string], DecisionOptions> = async (
  { client, terminal },
  [item],
  { reason = '' },
) => {
  const { name, version } = parseItemReference(item)
  const { id } = await client.marketplace.version(name, version)
  const decided = await client.marketplace.reject(id, { reason })
  if (terminal.isJson) return terminal.document(decided)
  terminal.line(`${printable(decided.name)} ${printable(decided.version)} is rejected.`)
}
