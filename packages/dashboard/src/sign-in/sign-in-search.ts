import { addressText } from '../ui/address-text.ts'

/** What the address says of a sign-in with the issuer that failed. */
export interface SignInSearch {
  /** Code of the error. */
  failed?: string
}

export const readSignInSearch = (search: Record<string, unknown>): SignInSearch =>
  addressText(search, 'failed')

const WORDS: Readonly<Record<string, string>> = {
  'oidc.sign_in_unknown':
    'This sign-in took too long, was used before, or began in another browser. Begin again.',
  'oidc.denied': 'The issuer did not let you in, or you turned back there.',
  'oidc.answer_refused':
    'What the issuer answered could not be verified. Begin again; if it happens again, tell an administrator.',
  'oidc.unavailable': 'The issuer cannot be reached. Try again in a moment.',
  'oidc.not_configured': 'There is no sign-in with an issuer here.',
  'oidc.no_verified_address':
    'The issuer names no verified e-mail address of yours. Verify it there, then begin again.',
  'oidc.not_invited':
    'You have no account here, and nobody invited you. Ask an administrator for an invitation.',
  'oidc.no_role': 'None of your groups is let in here. Ask an administrator which one is.',
  'oidc.domain_not_admitted': 'Addresses of your e-mail domain are not let in here.',
  'oidc.no_tenant':
    'Sign-in with the issuer is not set up fully here. Tell an administrator: its tenant does not exist.',
  'oidc.account_disabled': 'Your account is disabled. Ask an administrator of the tenant.',
  'access.too_many_attempts': 'There were too many attempts from your network. Try again later.',
  'tenant.suspended': 'This tenant is suspended. Ask the operator of Cadre.',
}

/** Why a sign-in failed. The address only names the reason, so it cannot put words on the page. */
export const failureWords = ({ failed }: SignInSearch): string | undefined =>
  failed === undefined
    ? undefined
    : Object.hasOwn(WORDS, failed)
      ? WORDS[failed]
      : 'Signing in with the issuer failed. Try again, or tell an administrator.'
