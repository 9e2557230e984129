import type { MarketplaceItemDetail, MarketplaceVersion } from '@cadre/contract'
import { fieldLines } from '../field-lines.ts'
import { dollars, itemAndRange } from '../install-wording.ts'
import { printableLines } from '../printable.ts'
import type { Action } from '../session.ts'
import { byteSize, count, duration, percent, relativeTime } from '../wording.ts'

/** `cadre show ITEM[@VERSION]` */
export const showItem: Action<[reference: string], { readme?: boolean }> = async (
  { client, terminal },
  [reference],
  { readme },
) => {
  const { item, range: version } = itemAndRange(reference)
  const detail = await client.marketplace.get(item)
  const shown = version === undefined ? detail : await client.marketplace.version(item, version)
  if (terminal.isJson) return terminal.document(shown)
  const record = version === undefined ? recordOf(detail) : []
  for (const line of fieldLines([...aboutVersion(shown), ...record], terminal)) terminal.line(line)
  if (readme === true && shown.readme !== '') {
    terminal.line()
    terminal.line(printableLines(shown.readme))
  }
  if (shown.status !== 'active')
    terminal.note(`It is ${shown.status}: ${printableLines(shown.status_message ?? '')}`)
}

const aboutVersion = (version: MarketplaceVersion): [string, string | null][] => [
  ['Name', `${version.name} ${version.version}`],
  ['Type', version.item_type],
  ['Description', version.description || null],
  ['Publisher', version.publisher],
  ['Published', relativeTime(version.published_at)],
  ['State', version.state === 'approved' ? null : stateOf(version)],
  ['Licence', version.licence],
  ['Price', version.item_type === 'workflow' ? null : dollars(version.price)],
  ['Tags', version.tags.join(', ') || null],
  ['Offers', version.capabilities.join(', ') || null],
  ['Asks for', version.permissions?.join(', ') || 'nothing'],
  ['Kind', version.artefact?.kind ?? null],
  ['Size', sizeOf(version)],
  ['SHA-256', version.artefact?.sha256 ?? null],
  ['Signed by', version.signature?.key_id ?? null],
  ['Tried with', triedWith(version)],
]

const stateOf = ({ state, state_reason: reason }: MarketplaceVersion): string =>
  reason === null ? state : `${state}: ${reason}`

const sizeOf = ({ artefact }: MarketplaceVersion): string | null =>
  artefact?.bytes == null ? null : byteSize(artefact.bytes)

const triedWith = ({ measurements }: MarketplaceVersion): string | null => {
  if (measurements.length === 0) return null
  const slowest = Math.max(...measurements.map(({ duration_ms: ms }) => ms))
  return `${count(measurements.length, 'example')} at admission, ${duration(slowest)} at the most`
}

/** What it did for tenants other than its publisher's, in the last 30 days. */
const recordOf = (item: MarketplaceItemDetail): [string, string | null][] => {
  const { average, count: ratings } = item.rating
  const record = item.reputation.find(({ days }) => days === 30)
  const isUsed = record !== undefined && record.attempts > 0
  const { p50, p95 } = record?.latency_ms ?? { p50: null, p95: null }
  return [
    [
      'Rating',
      average === null ? 'none yet' : `${average.toFixed(1)} of 5 (${count(ratings, 'rating')})`,
    ],
    [
      'Others’ runs',
      isUsed
        ? `${record.attempts} in 30 days by ${count(record.active_tenants, 'tenant')}, ${percent(record.success_rate)} succeeded`
        : 'none in 30 days',
    ],
    [
      'Duration',
      p50 === null || p95 === null ? null : `${duration(p50)}, ${duration(p95)} (p50, p95)`,
    ],
  ]
}
