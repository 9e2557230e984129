import type {
  MarketplaceItem,
  MarketplaceVersion,
  MarketplaceVersionSummary,
} from '@cadre/contract'
import { iconUrl } from './item-icon.ts'
import type { VersionRecord } from './item.ts'
import { QUALITY_MAX, type Standing } from './quality.ts'
import type { ListedItem } from './search-store.ts'

export const itemView = (item: ListedItem): MarketplaceItem => ({
  name: item.name,
  item_type: item.itemType,
  version: item.version,
  description: item.description,
  publisher: item.publisher,
  licence: item.licence,
  price: item.price,
  tags: item.tags,
  capabilities: item.capabilities,
  state: 'approved',
  status: item.status,
  has_icon: item.hasIcon,
  quality: item.quality / QUALITY_MAX,
  uses: item.uses,
  active_tenants: item.activeTenants,
  success_rate: item.successRate,
  rating: ratingView(item),
  published_at: item.publishedAt.toISOString(),
})

export const ratingView = ({
  ratingSum,
  ratingCount,
}: Pick<Standing, 'ratingSum' | 'ratingCount'>) => ({
  average: ratingCount === 0 ? null : ratingSum / ratingCount,
  count: ratingCount,
})

/** A version that is not listed, in the form of lists. */
export const unlistedView = (version: VersionRecord): MarketplaceItem => ({
  name: version.name,
  item_type: version.itemType,
  version: version.version,
  description: version.description,
  publisher: version.publisher,
  licence: version.licence,
  price: version.price,
  tags: version.tags,
  capabilities: version.capabilities,
  state: version.state,
  status: version.status,
  has_icon: version.icon !== null,
  quality: 0,
  uses: 0,
  active_tenants: 0,
  success_rate: null,
  rating: { average: null, count: 0 },
  published_at: version.createdAt.toISOString(),
})

export const versionSummaryView = (version: VersionRecord): MarketplaceVersionSummary => ({
  id: version.id,
  name: version.name,
  item_type: version.itemType,
  version: version.version,
  description: version.description,
  publisher: version.publisher,
  published_by: version.publishedByName,
  state: version.state,
  state_reason: version.stateReason,
  status: version.status,
  status_message: version.statusMessage,
  status_at: version.statusAt?.toISOString() ?? null,
  price: version.price,
  published_at: version.createdAt.toISOString(),
  decided_at: version.decidedAt?.toISOString() ?? null,
  decided_by: version.decidedByName,
})

export const versionView = (version: VersionRecord): MarketplaceVersion => ({
  ...versionSummaryView(version),
  readme: version.readme,
  changelog: version.changelog,
  licence: version.licence,
  icon: version.icon === null ? null : iconUrl(version.icon),
  tags: version.tags,
  capabilities: version.capabilities,
  permissions: version.permissions,
  input_schema: version.inputSchema,
  output_schema: version.outputSchema,
  examples: version.examples,
  artefact: version.artefact && {
    kind: version.artefact.kind,
    sha256: version.artefact.sha256,
    bytes: version.artefact.bytes,
    image: version.image,
  },
  findings: version.findings,
  // Those of earlier versions lack what was not measured then.
  measurements: version.measurements.map((taken) => ({
    ...taken,
    memory_bytes: taken.memory_bytes ?? null,
    output_bytes: taken.output_bytes ?? null,
  })),
  signature: version.signature && {
    key_id: version.signature.keyId,
    signed_at: version.signature.signedAt.toISOString(),
  },
})
