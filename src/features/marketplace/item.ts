import type {
  AdmissionFinding,
  AdmissionState,
  ItemType,
  Json,
  MarketplaceExample,
  Measurement,
  TenantId,
  VersionStatus,
} from '@cadre/contract'

/** A name and who owns it. */
export interface ItemRecord {
  id: string
  tenantId: TenantId
  name: string
  itemType: ItemType
  /** The installation that it is mirrored from; null for what was published here. */
  origin: string | null
}

export type ArtefactKind = 'wasm' | 'remote' | 'workflow' | 'image'

/** What a version lists, as it was when admission looked. */
export interface Artefact {
  kind: ArtefactKind
  /** Of the agent or the workflow; of an image, which is neither, that of the version. */
  id: string
  sha256: string | null
  bytes: number | null
}

/** What is published of a version, and never changes. */
export interface VersionContent {
  version: string
  description: string
  readme: string
  changelog: string
  licence: string | null
  icon: Uint8Array | null
  tags: string[]
  capabilities: string[]
  /** Null takes or answers anything. */
  inputSchema: Json
  outputSchema: Json
  examples: MarketplaceExample[]
  /** Dollars, six decimals. */
  price: string
  /** Reference of a container image, pinned by its digest; null for all else. */
  image: string | null
}

export interface VersionRecord extends VersionContent {
  id: string
  itemId: string
  tenantId: TenantId
  name: string
  itemType: ItemType
  /** The tenant's name. */
  publisher: string
  publishedBy: string
  publishedByName: string
  createdAt: Date
  artefact: Artefact | null
  permissions: string[] | null
  state: AdmissionState
  stateReason: string | null
  findings: AdmissionFinding[]
  measurements: Measurement[]
  decidedAt: Date | null
  decidedByName: string | null
  checkTries: number
  status: VersionStatus
  statusMessage: string | null
  statusAt: Date | null
  /** Mirrored from another installation, by the name of its key; null for what is from here. */
  origin: { name: string; publisher: string } | null
  /** Who signed its release; null until it is approved. */
  signature: { keyId: string; signedAt: Date } | null
}

/** A version of which nothing was decided yet, and nobody said anything. */
export const UNCHECKED = {
  artefact: null,
  permissions: null,
  state: 'checking',
  stateReason: null,
  findings: [],
  measurements: [],
  decidedAt: null,
  decidedByName: null,
  checkTries: 0,
  status: 'active',
  statusMessage: null,
  statusAt: null,
  signature: null,
} satisfies Partial<VersionRecord>

/** What admission or a reviewer decides. */
export interface AdmissionDecision {
  state: Exclude<AdmissionState, 'checking'>
  reason: string | null
  findings: AdmissionFinding[]
  measurements: Measurement[]
  artefact: Artefact | null
  permissions: string[] | null
  decidedByName: string
}
