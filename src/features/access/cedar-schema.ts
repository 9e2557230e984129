import { RESOURCE_TYPES, type ResourceType } from '@cadre/contract'
import type { EntityType, SchemaJson, Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs'
import { ACTIONS, typesOf } from './actions.ts'
import { PARENT_TYPES, shapeOf } from './resource.ts'

/** Kinds of principals as policies name them. An agent that asks is not the agent that is asked about. */
export const PRINCIPAL_TYPES = { user: 'User', service: 'Service', agent: 'AgentAccount' } as const

const ATTRIBUTE_TYPES = {
  text: { type: 'String' },
  texts: { type: 'Set', element: { type: 'String' } },
  flag: { type: 'Boolean' },
  money: { type: 'Extension', name: 'decimal' },
} as const satisfies Record<string, Type<string>>

/** What every request tells of itself. */
const CONTEXT: Record<string, TypeOfAttribute<string>> = {
  time: { type: 'Extension', name: 'datetime' },
  hour: { type: 'Long' },
  weekday: { type: 'String' },
  ip: { type: 'Extension', name: 'ipaddr', required: false },
  tenant: { type: 'String' },
  credential: { type: 'String' },
  cost: { type: 'Extension', name: 'decimal' },
}

const PRINCIPAL: EntityType<string> = {
  memberOfTypes: ['Role'],
  shape: {
    type: 'Record',
    attributes: { name: { type: 'String' }, role: { type: 'String' } },
  },
}

const entityType = (type: ResourceType): EntityType<string> => ({
  memberOfTypes: [...(PARENT_TYPES[type] ?? []), ...(type === 'Role' ? ['Role'] : [])],
  shape: {
    type: 'Record',
    attributes: Object.fromEntries(
      Object.entries(shapeOf(type)).map(([name, kind]) => [name, ATTRIBUTE_TYPES[kind]]),
    ),
  },
})

/** Such as `task.*`, so that a policy may speak of all that concerns tasks. */
export const groupOf = (action: string): string => `${action.slice(0, action.indexOf('.'))}.*`

/** Our resources, actions and attributes as Cedar knows them: made from the same tables that decide. */
export const cedarSchema = (): SchemaJson<string> => ({
  '': {
    entityTypes: Object.fromEntries([
      ...Object.values(PRINCIPAL_TYPES).map((type) => [type, PRINCIPAL] as const),
      ...RESOURCE_TYPES.map((type) => [type, entityType(type)] as const),
    ]),
    actions: Object.fromEntries([
      ...[...new Set(ACTIONS.map(groupOf))].map((group) => [group, {}] as const),
      ...ACTIONS.map(
        (action) =>
          [
            action,
            {
              memberOf: [{ id: groupOf(action) }],
              appliesTo: {
                principalTypes: Object.values(PRINCIPAL_TYPES),
                resourceTypes: [...typesOf(action)],
                context: { type: 'Record' as const, attributes: CONTEXT },
              },
            },
          ] as const,
      ),
    ]),
  },
})
