import type { Calls } from './client-calls.ts'
import type {
  ApiKey,
  ApiKeyListQuery,
  CreateApiKey,
  CreatedApiKey,
  CreateServiceAccount,
  RotateApiKey,
  ServiceAccount,
  ServiceAccountListQuery,
} from './keys.ts'
import type { List } from './lists.ts'
import type {
  AcceptedInvitation,
  AcceptInvitation,
  ChangeMember,
  ChangePassword,
  CreatedInvitation,
  CreatedPasswordReset,
  CreateInvitation,
  CreateMember,
  Invitation,
  InvitationListQuery,
  Member,
  MemberListQuery,
  ResetPassword,
} from './members.ts'
import type { Session, SessionListQuery, SignedOut, SignIn, SignInMethods } from './sessions.ts'
import type { TokenRequest, Tokens } from './sessions.ts'
import type { Identity } from './system.ts'

/** The calls that are about who somebody is. */
export const identityCalls = ({ call, get, post }: Calls) => ({
  session: {
    whoAmI: () => get<Identity>('/session'),
    /** With a key, or with e-mail address and password. */
    signIn: (credential: string | SignIn) =>
      post<Identity>('/session', typeof credential === 'string' ? { key: credential } : credential),
    /** Answers where the browser goes on, if it signed in with the issuer. */
    signOut: () => call<SignedOut | undefined>('DELETE', '/session'),
    methods: () => get<SignInMethods>('/auth/methods'),
  },
  sessions: {
    list: (query: SessionListQuery = {}) => get<List<Session>>('/sessions', query),
    end: (id: string) => call<void>('DELETE', `/sessions/${encodeURIComponent(id)}`),
    endOthers: () => call<void>('DELETE', '/sessions'),
  },
  tokens: {
    request: (request: TokenRequest) => post<Tokens>('/auth/token', request),
    revoke: (token: string) => post<void>('/auth/revoke', { token }),
  },
  passwords: {
    change: (body: ChangePassword) => post<void>('/password', body),
    reset: (body: ResetPassword) => post<void>('/password/reset', body),
  },
  members: {
    list: (query: MemberListQuery = {}) => get<List<Member>>('/members', query),
    get: (id: string) => get<Member>(`/members/${encodeURIComponent(id)}`),
    create: (member: CreateMember) => post<Member>('/members', member),
    change: (id: string, change: ChangeMember) =>
      call<Member>('PATCH', `/members/${encodeURIComponent(id)}`, change),
    remove: (id: string) => call<void>('DELETE', `/members/${encodeURIComponent(id)}`),
    resetPassword: (id: string) =>
      post<CreatedPasswordReset>(`/members/${encodeURIComponent(id)}/password-reset`),
  },
  invitations: {
    create: (invitation: CreateInvitation) => post<CreatedInvitation>('/invitations', invitation),
    list: (query: InvitationListQuery = {}) => get<List<Invitation>>('/invitations', query),
    revoke: (id: string) => call<void>('DELETE', `/invitations/${encodeURIComponent(id)}`),
    accept: (body: AcceptInvitation) => post<AcceptedInvitation>('/invitations/accept', body),
  },
  serviceAccounts: {
    create: (account: CreateServiceAccount) => post<ServiceAccount>('/service-accounts', account),
    list: (query: ServiceAccountListQuery = {}) =>
      get<List<ServiceAccount>>('/service-accounts', query),
    remove: (id: string) => call<void>('DELETE', `/service-accounts/${encodeURIComponent(id)}`),
  },
  keys: {
    /** The key itself is in the answer, and never again. */
    create: (key: CreateApiKey) => post<CreatedApiKey>('/keys', key),
    list: (query: ApiKeyListQuery = {}) => get<List<ApiKey>>('/keys', query),
    revoke: (id: string) => call<void>('DELETE', `/keys/${encodeURIComponent(id)}`),
    rotate: (id: string, body: RotateApiKey = {}) =>
      post<CreatedApiKey>(`/keys/${encodeURIComponent(id)}/rotate`, body),
  },
})
