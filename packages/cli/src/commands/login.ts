import { hostname } from 'node:os'
import { CadreError, type Client } from '@cadre/contract/client'
import { openClient } from '../connection.ts'
import { credentialsPath, readCredentials, writeCredentials } from '../credentials.ts'
import { CommandError, usageError } from '../failures.ts'
import { askEmail, askPassword, secretFromStdin } from '../login-questions.ts'
import { printable } from '../printable.ts'
import type { Action, Session } from '../session.ts'

const DAY_MS = 86_400_000

interface LoginOptions {
  email?: string
  tenant?: string
  passwordStdin?: true
  keyStdin?: true
  days: number
}

/** `cadre login`: a password is exchanged for a key of this machine, and never kept. */
export const login: Action<[], LoginOptions> = async (session, _args, options) => {
  const { connection, environment, terminal } = session
  const { key, whose } = await keyAndHolder(session, options).catch((error: unknown) => {
    throw refusedAs(error)
  })
  const kept = readCredentials(credentialsPath(environment.configHome))
  const { url } = connection
  writeCredentials({ ...kept, latestUrl: url, keys: { ...kept.keys, [url]: key } })
  if (terminal.isJson) return terminal.document({ url, identity: whose, path: kept.path })
  terminal.line(`Logged in to ${url} as ${printable(whose.name)} (${printable(whose.role)}).`)
  terminal.note(`The key is kept in ${kept.path}.`)
}

const keyAndHolder = async (session: Session, options: LoginOptions) => {
  const key = await keyOf(session, options)
  return { key, whose: await openClient({ ...session.connection, key }).session.whoAmI() }
}

/** What was typed just now is wrong, not a key that lay somewhere. */
const refusedAs = (error: unknown): unknown =>
  error instanceof CadreError && error.status === 401
    ? new CommandError(error.code, error.message, { cause: error })
    : error

const keyOf = async ({ connection, terminal }: Session, options: LoginOptions): Promise<string> => {
  if (options.keyStdin && options.passwordStdin)
    throw usageError('Either --key-stdin or --password-stdin, not both.')
  if (options.keyStdin) return secretFromStdin(terminal)
  if (options.passwordStdin && options.email === undefined)
    throw usageError('With --password-stdin, say whose it is with --email.')
  const email = options.email ?? (await askEmail(terminal))
  const password = await (options.passwordStdin ? secretFromStdin(terminal) : askPassword(terminal))
  const nobody = openClient({ ...connection, key: undefined })
  const { access_token: token } = await nobody.tokens.request({
    grant_type: 'password',
    email,
    password,
    ...(options.tenant !== undefined && { tenant: options.tenant }),
  })
  return newKey(openClient({ ...connection, key: token }), options.days)
}

const newKey = async (client: Client, days: number): Promise<string> => {
  const { key } = await client.keys.create({
    label: `cadre on ${hostname()}`.slice(0, 100),
    expires_at: new Date(Date.now() + days * DAY_MS).toISOString(),
  })
  return key
}

/** `cadre logout`: revokes the key that login made, and forgets it. */
export const logout: Action = async ({ connection, environment, terminal }) => {
  const { url } = connection
  const kept = readCredentials(credentialsPath(environment.configHome))
  const { [url]: key, ...others } = kept.keys
  if (key === undefined) return terminal.note(`Nobody is logged in to ${url}.`)
  await revoke(openClient({ ...connection, key }), key)
  const latestUrl = kept.latestUrl === url ? undefined : kept.latestUrl
  writeCredentials({ ...kept, latestUrl, keys: others })
  if (!terminal.isJson) terminal.line(`Logged out of ${url}.`)
}

const KEY = /^cadre_([0-9A-Za-z]{8})_/

/** Whoever is refused has nothing left to revoke. */
const revoke = async (client: Client, key: string): Promise<void> => {
  const prefix = KEY.exec(key)?.[1]
  const { items } = await client.keys.list({ limit: 100 }).catch(() => ({ items: [] }))
  const own = items.find((one) => one.prefix === prefix)
  if (own !== undefined) await client.keys.revoke(own.id)
}

/** `cadre whoami` */
export const whoAmI: Action = async ({ client, connection, terminal }) => {
  const identity = await client.session.whoAmI()
  if (terminal.isJson) return terminal.document({ ...identity, url: connection.url })
  const { name, kind, role, scopes, tenant_id: tenant } = identity
  terminal.line(`${printable(name)} (${kind}, ${printable(role)})`)
  terminal.line(`tenant ${tenant} at ${connection.url}`)
  if (connection.keySource !== undefined) terminal.line(`key from ${connection.keySource}`)
  if (scopes !== null) terminal.line(`narrowed to ${scopes.map(printable).join(', ')}`)
}
