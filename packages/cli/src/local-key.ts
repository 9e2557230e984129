import { dirname, join, resolve } from 'node:path'
import { CommandError } from './failures.ts'
import { readOwnFile } from './own-file.ts'

/** What a server leaves for its owner in its data directory. */
export interface LocalKey {
  url: string
  key: string
  path: string
}

export const DATA_DIR_DEFAULT = '.cadre'
export const LOCAL_KEY_FILE = 'local-key'

/**
 * The key file of a server on this machine: in the data directory, or in the nearest `.cadre`
 * upward from the folder. Throws where somebody else could have read or written it.
 */
export const findLocalKey = (folder: string, dataDir: string | undefined): LocalKey | undefined => {
  for (const path of candidates(folder, dataDir ?? DATA_DIR_DEFAULT)) {
    const text = readOwnFile(path)
    if (text !== undefined) return parse(text, path)
  }
  return undefined
}

/** An absolute data directory gives one candidate, since joining never leaves it. */
export const candidates = (folder: string, dataDir: string): string[] => {
  const paths = new Set<string>()
  for (let place = resolve(folder); ; place = dirname(place)) {
    paths.add(join(resolve(place, dataDir), LOCAL_KEY_FILE))
    if (place === dirname(place)) return [...paths]
  }
}

const parse = (text: string, path: string): LocalKey => {
  try {
    const { url, key } = JSON.parse(text) as Partial<LocalKey>
    if (typeof url === 'string' && URL.canParse(url) && typeof key === 'string') {
      return { url, key, path }
    }
  } catch {
    // Said below: text that is no JSON and JSON of another shape are one case for the reader.
  }
  throw refusal(path, 'is damaged. Start Cadre again, which writes it anew')
}

const refusal = (path: string, why: string) =>
  new CommandError('cli.local_key', `The key file ${path} ${why}.`)
