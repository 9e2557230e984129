import { z } from 'zod'
import { Scopes } from './keys.ts'
import { listOf, listQuery } from './lists.ts'
import { ShownPassword, ShownToken } from './members.ts'
import { boundedText, Timestamp } from './text.ts'

const ShownKey = z.string().min(1).max(200)
const ShownEmail = z.string().min(1).max(254)
const TenantChoice = boundedText(200, 1).optional().meta({
  description: 'Id or name; needed by those who are members of several',
})
const byPassword = { email: ShownEmail, password: ShownPassword, tenant: TenantChoice }

/** Exchanges a key or a password for a session cookie, so that the page never keeps either. */
export const SignIn = z
  .union([z.strictObject({ key: ShownKey }), z.strictObject(byPassword)])
  .meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof SignIn>

export const Session = z
  .object({
    id: z.string(),
    is_current: z.boolean(),
    method: z.enum(['key', 'password', 'oidc']),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    created_at: Timestamp,
    last_seen_at: Timestamp.meta({ description: 'To the minute' }),
    expires_at: Timestamp,
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>
export const SessionList = listOf(Session)
export const SessionListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type SessionListQuery = z.input<typeof SessionListQuery>

const scopes = Scopes.optional().meta({ description: 'Narrow what the tokens are good for' })

/** What may be exchanged for tokens. */
export const TokenRequest = z
  .discriminatedUnion('grant_type', [
    z.strictObject({ grant_type: z.literal('password'), ...byPassword, scopes }),
    z.strictObject({ grant_type: z.literal('api_key'), key: ShownKey, scopes }),
    z.strictObject({ grant_type: z.literal('refresh_token'), refresh_token: ShownToken }),
  ])
  .meta({ id: 'TokenRequest' })
export type TokenRequest = z.infer<typeof TokenRequest>

export const Tokens = z
  .object({
    access_token: z.string().meta({ description: 'A JWT; send it as a key is sent' }),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().meta({ description: 'Seconds' }),
    refresh_token: z.string().meta({ description: 'Good once; comes with a new one' }),
    refresh_expires_at: Timestamp.meta({ description: 'Then sign in again' }),
  })
  .meta({ id: 'Tokens' })
export type Tokens = z.infer<typeof Tokens>

export const RevokeToken = z
  .strictObject({ token: z.string().min(1).max(4_000) })
  .meta({ id: 'RevokeToken' })
export type RevokeToken = z.infer<typeof RevokeToken>

/** Public keys of RFC 7517. */
export const JsonWebKeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        kid: z.string(),
        alg: z.string(),
        use: z.string(),
      }),
    ),
  })
  .meta({ id: 'JsonWebKeySet' })
export type JsonWebKeySet = z.infer<typeof JsonWebKeySet>

/** How people may sign in here. */
export const SignedOut = z
  .object({
    issuer_sign_out_url: z.string().meta({
      description: 'Where the browser goes on, to be signed out at the issuer as well',
    }),
  })
  .meta({ id: 'SignedOut' })
export type SignedOut = z.infer<typeof SignedOut>

export const SignInMethods = z
  .object({
    password: z.boolean(),
    oidc: z
      .object({ name: z.string(), start: z.string() })
      .nullable()
      .meta({ description: 'Where the browser goes to sign in with the issuer' }),
  })
  .meta({ id: 'SignInMethods' })
export type SignInMethods = z.infer<typeof SignInMethods>
