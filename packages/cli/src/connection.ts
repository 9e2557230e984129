import { createClient, type Client } from '@cadre/contract/client'
import { credentialsPath, readCredentials } from './credentials.ts'
import type { Environment } from './environment.ts'
import { unreachable, usageError } from './failures.ts'
import { findLocalKey, type LocalKey } from './local-key.ts'

export const URL_DEFAULT = 'http://127.0.0.1:8080'
const REQUEST_TIMEOUT_MS = 30_000
/** Answers that take as long as they take. */
const STREAMED = /^(?:text\/event-stream|application\/x-ndjson)/

/** Where Cadre is, who asks, and how that was found out. */
export interface Connection {
  url: string
  key: string | undefined
  /** Where the key comes from, in words; undefined without a key. */
  keySource: string | undefined
}

/**
 * Flags win over the environment, that over the key file which a local server has left, and that
 * over what `cadre login` kept.
 */
export const resolveConnection = (
  flags: { url?: string; key?: string },
  environment: Environment,
  folder: string,
): Connection => {
  const askedUrl = flags.url ?? environment.url
  const url = askedUrl === undefined ? undefined : parseUrl(askedUrl)
  const given = flags.key ?? environment.key
  if (given !== undefined) {
    const local = url === undefined ? localKeyIfSound(folder, environment.dataDir) : undefined
    const keySource = flags.key === undefined ? 'CADRE_KEY' : '--key'
    return { url: url ?? local?.url ?? URL_DEFAULT, key: given, keySource }
  }
  const local = findLocalKey(folder, environment.dataDir)
  if (!local || (url !== undefined && !isSamePlace(url, local.url)))
    return keptConnection(url, environment)
  return { url: url ?? parseUrl(local.url), key: local.key, keySource: local.path }
}

const keptConnection = (asked: string | undefined, environment: Environment): Connection => {
  const { path, latestUrl, keys } = readCredentials(credentialsPath(environment.configHome))
  const url = asked ?? latestUrl ?? URL_DEFAULT
  const key = keys[url]
  return { url, key, keySource: key === undefined ? undefined : path }
}

/** With a key of one's own, the file only tells the address: one that is not sound is left alone. */
const localKeyIfSound = (folder: string, dataDir: string | undefined): LocalKey | undefined => {
  try {
    return findLocalKey(folder, dataDir)
  } catch {
    return undefined
  }
}

/** A local key goes to the server that wrote it and to nobody else. */
const isSamePlace = (left: string, right: string): boolean => placeOf(left) === placeOf(right)

const placeOf = (url: string): string => {
  const { protocol, hostname, port } = new URL(url)
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return `${protocol}//${isLoopback ? 'loopback' : hostname}:${port}`
}

const parseUrl = (text: string): string => {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(withScheme)) throw badUrl(text)
  const url = new URL(withScheme)
  const isPlain = /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain) throw badUrl(text)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

const badUrl = (text: string) =>
  usageError(`"${text}" is no address of Cadre. Give one such as ${URL_DEFAULT}.`)

export interface ClientSettings {
  timeoutMs?: number
  fetch?: typeof fetch
}

/** A client whose every failure to reach Cadre says so in a sentence. */
export const openClient = (
  { url, key }: Connection,
  { timeoutMs = REQUEST_TIMEOUT_MS, fetch = globalThis.fetch }: ClientSettings = {},
): Client =>
  createClient({
    baseUrl: url,
    key,
    fetch: async (input, init) => {
      const { signal, done } = untilOpen(init?.signal, timeoutMs)
      try {
        const response = await fetch(input, { ...init, signal })
        if (STREAMED.test(response.headers.get('content-type') ?? '')) done()
        return response
      } catch (error) {
        done()
        if (init?.signal?.aborted) throw error
        throw unreachable(url, error)
      }
    },
  })

/** The time-out covers an answer with its body, but a stream only until it opens. */
const untilOpen = (asked: AbortSignal | null | undefined, timeoutMs: number) => {
  const deadline = new AbortController()
  const expire = () => deadline.abort(new DOMException('No answer in time', 'TimeoutError'))
  const timer = setTimeout(expire, timeoutMs)
  timer.unref()
  const signal = asked ? AbortSignal.any([asked, deadline.signal]) : deadline.signal
  return { signal, done: () => clearTimeout(timer) }
}
