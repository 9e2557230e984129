import type { ResourceType } from '@cadre/contract'
import { typesOf, type Action } from './actions.ts'

/** One object, as permissions and grants name it. */
export interface Entity {
  type: ResourceType
  id: string
}

/** The object at stake, as decisions see it. Made by small pure functions beside each feature. */
export interface Resource<Type extends ResourceType = ResourceType> extends Entity {
  type: Type
  /** All that it belongs to, near and far: of a task its agents and its run. */
  parents: readonly Entity[]
  attributes: Attributes<Type>
}

/** `money` is dollars as text; Cedar's `decimal` keeps four digits of its fraction. */
type Kind = 'text' | 'texts' | 'flag' | 'money'
interface Values {
  text: string
  texts: readonly string[]
  flag: boolean
  money: string
}
type Shape = Readonly<Record<string, Kind>>

/** What policies may ask about objects. Every attribute is always there, so no policy need test for it. */
export const RESOURCE_SHAPES = {
  Agent: {
    name: 'text',
    version: 'text',
    owner: 'text',
    runtime: 'text',
    capabilities: 'texts',
    is_enabled: 'flag',
    price: 'money',
  },
  Task: {
    kind: 'text',
    status: 'text',
    priority: 'text',
    capability: 'text',
    tags: 'texts',
    cost: 'money',
  },
  Workflow: { version: 'text', tags: 'texts' },
  Run: { workflow: 'text', version: 'text', status: 'text', owner: 'text', cost: 'money' },
  Schedule: { name: 'text', kind: 'text', owner: 'text', is_paused: 'flag' },
  Webhook: { name: 'text', owner: 'text', is_enabled: 'flag' },
  Queue: { is_shared: 'flag' },
  DeadLetter: { queue: 'text' },
  Member: { name: 'text', role: 'text' },
  Key: { name: 'text', owner: 'text' },
  Role: { is_built_in: 'flag' },
  Grant: { owner: 'text' },
  Policy: { name: 'text', is_active: 'flag' },
  Tenant: { name: 'text' },
  Audit: {},
  System: {},
} as const satisfies Readonly<Record<ResourceType, Shape>>

export type Attributes<Type extends ResourceType> = {
  readonly [
    Name in keyof (typeof RESOURCE_SHAPES)[Type]
  ]: (typeof RESOURCE_SHAPES)[Type][Name] extends Kind
    ? Values[(typeof RESOURCE_SHAPES)[Type][Name]]
    : never
}

/** What an object may belong to; a grant on one of these covers it. */
export const PARENT_TYPES: Readonly<Partial<Record<ResourceType, readonly ResourceType[]>>> = {
  Task: ['Agent', 'Run', 'Workflow', 'Schedule'],
  Run: ['Workflow', 'Run'],
  Schedule: ['Agent', 'Workflow'],
  Webhook: ['Workflow'],
  Queue: ['Agent'],
  Key: ['Member', 'Agent'],
}

const NEUTRAL = { text: '', texts: [], flag: false, money: '0' } as const

/** An object of which nothing but its type is known; decisions on no object in particular see it. */
export const neutralResource = (type: ResourceType, id = ''): Resource => ({
  type,
  id,
  parents: [],
  attributes: neutralAttributes(type),
})

const neutralAttributes = (type: ResourceType) =>
  Object.fromEntries(
    Object.entries(RESOURCE_SHAPES[type]).map(([name, kind]) => [name, NEUTRAL[kind as Kind]]),
  ) as Attributes<ResourceType>

const neutrals = new Map<Action, Resource>()

/** Stands for no object in particular. */
export const neutralFor = (action: Action): Resource => {
  const known = neutrals.get(action)
  if (known !== undefined) return known
  const neutral = neutralResource(typesOf(action)[0])
  neutrals.set(action, neutral)
  return neutral
}

export const shapeOf = (type: ResourceType): Shape => RESOURCE_SHAPES[type]

/** Names an object within one tenant; types hold no slash. */
export const keyOf = ({ type, id }: Entity): string => `${type}/${id}`
