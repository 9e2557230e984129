import { z } from 'zod'

/**
 * Accepts camelCase spellings of snake_case keys on agent-facing bodies (REQUIREMENTS T2).
 * Where both are present the snake_case one counts; only the listed aliases are known, so a
 * misspelt key is still refused by name.
 */
export const withAliases = <Schema extends z.ZodType>(
  aliases: Readonly<Record<string, string>>,
  schema: Schema,
) => z.preprocess((value) => renameKeys(value, aliases), schema)

const renameKeys = (value: unknown, aliases: Readonly<Record<string, string>>): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const renamed: Record<string, unknown> = Object.create(null)
  for (const [key, field] of Object.entries(value)) {
    const target = Object.hasOwn(aliases, key) ? aliases[key] : undefined
    if (target === undefined) renamed[key] = field
    else if (!Object.hasOwn(value, target)) renamed[target] = field
  }
  return renamed
}
