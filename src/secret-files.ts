import { readFileSync, statSync } from 'node:fs'

const FILE_BYTES_MAX = 65_536

/**
 * Secrets that a file holds: `NAME_FILE` names it, as mounted secrets of containers do. The line
 * break at its end does not count.
 * @returns the environment with the secrets in their places
 * @throws Error that names the setting, never its content
 */
export const withSecretFiles = (
  environment: Readonly<Record<string, string | undefined>>,
  secretKeys: readonly string[],
): Record<string, string | undefined> => {
  const result = { ...environment }
  for (const key of secretKeys) {
    const fileKey = `${key}_FILE`
    const file = environment[fileKey]
    delete result[fileKey]
    if (file === undefined) continue
    if (environment[key] !== undefined)
      throw new Error(`Set ${key} or ${fileKey}, not both: only one can be meant.`)
    result[key] = secretOf(fileKey, file)
  }
  return result
}

const secretOf = (fileKey: string, file: string): string => {
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error('it is too large')
    const secret = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    if (secret === '') throw new Error('it is empty')
    return secret
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${fileKey} names a file that cannot be used: ${reason}`, { cause: error })
  }
}
