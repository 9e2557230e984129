import { contextExample, type triggerSchemaOf } from '../workflows/trigger-schema.ts'

/** Names in a mapping that say what the body holds: `trigger.data.id`, and no calls of functions. */
const PATH = /\btrigger((?:\.[A-Za-z_]\w*)+)(?![\w(])/g
const TEXT = 'text'

/** A body such as the sender might send: what the mapping reads, or what the workflow asks for. */
export const exampleBody = (
  mapping: unknown,
  schema: ReturnType<typeof triggerSchemaOf>,
): unknown => {
  // Null: the body is the context.
  if (mapping === null) return withText(contextExample(schema) ?? {})
  const body: Branch = Object.create(null)
  for (const [, path = ''] of JSON.stringify(mapping).matchAll(PATH)) plant(body, path.slice(1))
  return body
}

/** Empty texts, which schemas often refuse, are filled. */
const withText = (example: unknown): unknown =>
  JSON.parse(JSON.stringify(example), (_name, value: unknown) => (value === '' ? TEXT : value))

/** Without a prototype, so that every name is just a name. */
type Branch = { [name: string]: Branch | string }

const plant = (body: Branch, path: string): void => {
  const names = path.split('.')
  const last = names.pop() ?? ''
  let branch = body
  for (const name of names) {
    const next = branch[name]
    const deeper: Branch = typeof next === 'object' ? next : Object.create(null)
    branch[name] = deeper
    branch = deeper
  }
  branch[last] ??= TEXT
}
