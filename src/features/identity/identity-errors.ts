import { AppError } from '#platform/errors.ts'

export const unauthenticated = (publicMessage: string) =>
  new AppError({ kind: 'unauthenticated', code: 'access.unauthenticated', publicMessage })

/** The same for an address that nobody has, and for one without a password. */
export const wrongPassword = () => unauthenticated('The e-mail address or the password is wrong.')

export const accountDisabled = () =>
  unauthenticated('This account is disabled. Ask an administrator of the tenant.')

const issuerRefusal = (code: string, publicMessage: string, cause?: unknown) =>
  new AppError({ kind: 'unauthenticated', code, publicMessage, cause })
/** Another browser's, used before, or too old. */
export const signInUnknown = () =>
  issuerRefusal(
    'oidc.sign_in_unknown',
    'This sign-in is not known here, was used or took too long. Begin again.',
  )
export const issuerDenied = (cause: unknown) =>
  issuerRefusal('oidc.denied', 'The issuer did not let you in, or you turned back there.', cause)
export const issuerAnswerRefused = (cause: unknown) =>
  issuerRefusal(
    'oidc.answer_refused',
    'The issuer’s answer is not one that is accepted here.',
    cause,
  )

export const issuersAccountDisabled = () =>
  issuerRefusal(
    'oidc.account_disabled',
    'This account is disabled. Ask an administrator of the tenant.',
  )

/** Whom the issuer vouches for, but the rules here do not let in. */
const notAdmitted = (code: string, publicMessage: string) =>
  new AppError({ kind: 'forbidden', code, action: 'session.begin', publicMessage })
export const noVerifiedAddress = () =>
  notAdmitted('oidc.no_verified_address', 'The issuer names no verified e-mail address of yours.')
export const notInvited = () =>
  notAdmitted('oidc.not_invited', 'Nobody invited you. Ask an administrator.')
export const noRole = () => notAdmitted('oidc.no_role', 'None of your groups is let in.')
export const domainNotAdmitted = () =>
  notAdmitted('oidc.domain_not_admitted', 'Addresses of your domain are not let in.')
export const subjectUnusable = () =>
  notAdmitted('oidc.subject_unusable', 'The issuer’s name for you cannot be used.')
export const noSuchTenant = () =>
  notAdmitted('oidc.no_tenant', 'The tenant of CADRE_OIDC_TENANT does not exist.')

/** Told only to who proved to be the user. */
export const tenantNeeded = (tenants: readonly { id: string; name: string }[]) =>
  new AppError({
    kind: 'conflict',
    code: 'session.tenant_needed',
    publicMessage: 'Name the one of your tenants to sign in to, as "tenant".',
    details: tenants.map(({ id, name }) => ({ field: 'tenant', message: `${name} (${id})` })),
  })

const absent = (noun: string) =>
  new AppError({
    kind: 'not_found',
    code: `${noun.replaceAll(' ', '_')}.not_found`,
    publicMessage: `There is no such ${noun}.`,
  })
export const memberNotFound = () => absent('member')
export const serviceAccountNotFound = () => absent('service account')
export const sessionNotFound = () => absent('session')
export const keyNotFound = () => absent('key')
export const invitationNotFound = () => absent('invitation')

const conflict = (code: string, publicMessage: string) =>
  new AppError({ kind: 'conflict', code, publicMessage })

export const memberExists = () =>
  conflict('member.exists', 'This address belongs to a member of the tenant already.')
export const invitationExists = () =>
  conflict('invitation.exists', 'This address is invited already. Revoke that invitation first.')
export const lastAdministrator = () =>
  conflict(
    'member.last_administrator',
    'This is the last active administrator of the tenant. Make somebody else one first.',
  )
export const builtInPrincipal = (name: string) =>
  conflict(
    'member.built_in',
    `${name} is made by Cadre itself. Disable it instead, or revoke its keys.`,
  )
export const nameTaken = () =>
  conflict('service_account.name_taken', 'There is a service account of this name already.')
export const memberElsewhere = () =>
  conflict(
    'member.elsewhere',
    'This user’s password is not this tenant’s alone to reset. Ask the operator of Cadre.',
  )
export const noPassword = () =>
  conflict(
    'member.no_password',
    'There is no password to set here: this principal signs in with keys only.',
  )
export const invitationNeedsPassword = () =>
  conflict(
    'invitation.no_password',
    'The account of this address has no password. Sign in as you do otherwise, or ask for a reset link.',
  )
export const unknownLink = () =>
  new AppError({
    kind: 'not_found',
    code: 'link.unknown',
    publicMessage: 'This link is not known, was used or taken back, or is too old.',
  })

const forbidden = (code: string, publicMessage: string, action: string) =>
  new AppError({ kind: 'forbidden', code, publicMessage, action })

export const roleBeyondOwn = (role: string, action: string) =>
  forbidden(
    'access.role_beyond_own',
    `You may not give the role ${role}, or manage who has it: it permits more than yours, or there is no such role.`,
    action,
  )
export const scopeBeyondOwn = () =>
  forbidden(
    'access.scope_beyond_own',
    'scopes: must not be wider than those of the key or token that you use.',
    'key.manage_own',
  )
export const notYourKey = () =>
  forbidden(
    'access.forbidden',
    'Keys can be made for oneself and, by those who may manage members, for service accounts.',
    'member.manage',
  )
export const inviteInstead = () =>
  forbidden(
    'member.invite_instead',
    'Only the operator’s tenant creates users with a password. Send an invitation.',
    'member.manage',
  )
