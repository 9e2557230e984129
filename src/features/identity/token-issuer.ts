import { decodeJwt } from 'jose'

/** Whom a token names as its issuer, before it is checked: only to know who is to check it. */
export const issuerOf = (token: string): string | null => {
  try {
    return decodeJwt(token).iss ?? null
  } catch {
    return null
  }
}
