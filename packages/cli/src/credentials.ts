import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandError } from './failures.ts'
import { readOwnFile } from './own-file.ts'

/** What `cadre login` keeps: a key for each server, and which server it was last. */
export interface Credentials {
  path: string
  /** The server that is meant when none is named. */
  latestUrl: string | undefined
  keys: Readonly<Record<string, string>>
}

/** In the user's configuration folder (XDG Base Directory Specification). */
export const credentialsPath = (configHome: string | undefined): string =>
  join(configHome ?? join(homedir(), '.config'), 'cadre', 'credentials.json')

/** Throws where somebody else could have read or written the file. */
export const readCredentials = (path: string): Credentials => {
  const text = readOwnFile(path)
  if (text === undefined) return { path, latestUrl: undefined, keys: {} }
  try {
    const { latest_url: latestUrl, keys } = JSON.parse(text) as Stored
    const isSound =
      typeof keys === 'object' && Object.values(keys).every((key) => typeof key === 'string')
    if (isSound) return { path, latestUrl, keys }
  } catch {
    // Said below.
  }
  throw new CommandError('cli.credentials', `The file ${path} is damaged. Remove it and log in.`)
}

interface Stored {
  latest_url?: string
  keys: Record<string, string>
}

/** Whole or not at all, and for the user's eyes only. */
export const writeCredentials = ({ path, latestUrl, keys }: Credentials): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const stored: Stored = { latest_url: latestUrl, keys: { ...keys } }
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}
