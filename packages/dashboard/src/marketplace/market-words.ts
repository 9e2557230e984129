import type {
  AdmissionFinding,
  AdmissionState,
  ItemType,
  MarketplaceVersion,
  PriceBand,
  VersionStatus,
} from '@cadre/contract'
import { formatMoney } from '../ui/format.ts'
import type { Tone } from '../ui/notice.tsx'
import type { MarketSort } from './market-search.ts'

export const TYPE_WORDS: Record<ItemType, string> = { agent: 'Agent', workflow: 'Workflow' }

export const SORT_WORDS: Record<MarketSort, string> = {
  relevance: 'Best match',
  quality: 'Highest quality',
  most_used: 'Most used',
  newest: 'Newest',
  price: 'Lowest price',
  name: 'Name',
}

export const PRICE_WORDS: Record<PriceBand, string> = {
  free: 'Free',
  'below_0.01': 'Below $0.01',
  'below_0.10': '$0.01 to $0.10',
  below_1: '$0.10 to $1',
  from_1: '$1 and more',
}

export const STATE_WORDS: Record<AdmissionState, { label: string; tone: Tone }> = {
  checking: { label: 'Being checked', tone: 'accent' },
  held: { label: 'Held', tone: 'warn' },
  approved: { label: 'Approved', tone: 'good' },
  rejected: { label: 'Rejected', tone: 'bad' },
}

export const STATUS_WORDS: Record<VersionStatus, { label: string; tone: Tone }> = {
  active: { label: 'Active', tone: 'good' },
  deprecated: { label: 'Deprecated', tone: 'warn' },
  yanked: { label: 'Yanked', tone: 'bad' },
}

export const CHECK_WORDS: Record<AdmissionFinding['check'], string> = {
  artefact: 'What is listed',
  permissions: 'Permissions',
  secrets: 'Secrets',
  examples: 'Examples',
  review: 'Review',
}

export const KIND_WORDS: Record<string, string> = {
  wasm: 'WASM program',
  remote: 'Runs at its publisher’s',
  workflow: 'Workflow',
  image: 'Container image',
}

/** The price of one finished task. */
export const priceWords = (price: string): string =>
  Number(price) === 0 ? 'Free' : formatMoney(price)

const PERMISSIONS: Readonly<Record<string, string>> = {
  input: 'Reads its input',
  output: 'Writes its output',
  arguments: 'Reads its arguments',
  environment: 'Reads the variables that it is given',
  clock: 'Knows the time',
  random: 'Draws random numbers',
  waiting: 'Waits for a time or for input',
  files: 'Opens files, where it is given any',
  network: 'Uses sockets, where it is given any',
  outside: 'Runs outside: its publisher sees the inputs',
}

/** Those that a reader should stop at. */
const GRAVE = ['outside', 'network', 'files', 'environment']

export interface PermissionWords {
  words: string
  /** What stands behind the words: a name, or nothing. */
  object: string | null
  isGrave: boolean
}

/** What a permission lets an item do, in words. */
export const permissionWords = (permission: string): PermissionWords => {
  const at = permission.indexOf(':')
  const [kind, object] =
    at === -1 ? [permission, null] : [permission.slice(0, at), permission.slice(at + 1)]
  const isGrave = GRAVE.includes(kind) || kind === 'import'
  if (object !== null) {
    const words = OF_OBJECTS[kind]
    if (words !== undefined) return { words, object, isGrave }
  }
  const words = Object.hasOwn(PERMISSIONS, permission) ? PERMISSIONS[permission] : undefined
  return words === undefined
    ? { words: 'Asks for', object: permission, isGrave: true }
    : { words, object: null, isGrave }
}

const OF_OBJECTS: Readonly<Record<string, string>> = {
  agent: 'Gives work to the agent',
  capability: 'Gives work to whoever offers',
  workflow: 'Starts the workflow',
  import: 'Asks its host for',
}

/** The shortest way to have an item; without a version, the newest one that fits is taken. */
export const installCommand = ({ name, version }: Pick<MarketplaceVersion, 'name' | 'version'>) =>
  `cadre install ${name}@^${version}`
