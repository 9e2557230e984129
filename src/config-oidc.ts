import { z } from 'zod'

const list = z
  .string()
  .optional()
  .transform((text = '') => text.split(',').flatMap((part) => part.trim() || []))

const issuer = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^(?:https:|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?:[:/]|$))/.test(url), {
    error: 'must be https:, except on this machine',
  })
  .optional()

/** `ops=admin, dev=developer`: the first that somebody has counts. */
const roleMap = list.transform((pairs, context) =>
  pairs.map((pair) => {
    const place = pair.lastIndexOf('=')
    const [value, role] = [pair.slice(0, place).trim(), pair.slice(place + 1).trim()]
    if (place < 1 || role === '')
      context.addIssue({ code: 'custom', message: 'must be pairs such as ops=admin,dev=developer' })
    return { value, role }
  }),
)

/** Sign-in with an OpenID Connect issuer. */
export const oidcKeys = {
  CADRE_OIDC_ISSUER: issuer.meta({
    description: 'OpenID Connect issuer that people sign in with, as it names itself',
  }),
  CADRE_OIDC_NAME: z.string().min(1).max(100).default('Single sign-on').meta({
    description: 'What the sign-in page calls it',
  }),
  CADRE_OIDC_CLIENT_ID: z.string().min(1).max(500).optional().meta({
    description: 'Client id that the issuer gave Cadre',
  }),
  CADRE_OIDC_CLIENT_SECRET: z.string().min(1).max(4_000).optional().meta({
    isSecret: true,
    description: 'Its secret; none for a public client',
  }),
  CADRE_OIDC_SCOPES: z.string().min(1).max(1_000).default('openid email profile').meta({
    description: 'Scopes that are asked for',
  }),
  CADRE_OIDC_AUDIENCE: z.string().min(1).max(500).optional().meta({
    description: "Audience that the issuer's tokens must have as bearer; default the client id",
  }),
  CADRE_OIDC_TENANT: z.string().min(1).max(200).default('default').meta({
    description: 'Name of the tenant that people join who sign in with it',
  }),
  CADRE_OIDC_CREATE_USERS: z.stringbool().default(true).meta({
    description: 'Let in people who are no members yet; false lets in those who were invited only',
  }),
  CADRE_OIDC_DEFAULT_ROLE: z.string().min(1).max(100).optional().meta({
    description: 'Role of who has no other by the map; without it they are not let in',
  }),
  CADRE_OIDC_ROLE_CLAIM: z.string().min(1).max(200).optional().meta({
    description: 'Claim, such as groups, that the role is read from at every sign-in',
  }),
  CADRE_OIDC_ROLE_MAP: roleMap.meta({
    description: 'Values of that claim and their roles, the first first: ops=admin,dev=developer',
  }),
  CADRE_OIDC_SIGN_OUT: z.stringbool().default(true).meta({
    description: 'Lead who signs out here to the sign-out of the issuer, where it has one',
  }),
  CADRE_OIDC_EMAIL_DOMAINS: list.meta({
    description:
      'Domains, separated by commas, whose verified addresses are let in; all by default',
  }),
}
