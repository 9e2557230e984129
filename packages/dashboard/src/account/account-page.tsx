import { useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { sessionQuery } from '../sign-in/session.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { KeyList } from './key-list.tsx'
import { PasswordPanel } from './password-panel.tsx'
import { SessionList } from './session-list.tsx'

/** What is one's own: password, sessions, keys. */
export const AccountPage = () => {
  const session = useQuery(sessionQuery)
  const may = useMay()
  const me = session.data
  const member = useQuery({
    queryKey: ['members', 'one', me?.principal_id],
    queryFn: () => api.members.get(me?.principal_id ?? ''),
    enabled: me?.kind === 'user' && may('member.read'),
  })
  if (me === undefined || me === null) return null
  return (
    <>
      <PageHeader
        title="Your account"
        note={
          <span className="flex flex-wrap items-center gap-2">
            {me.name} <Badge>{me.role}</Badge>
            {me.scopes !== null && <span>narrowed to {me.scopes.join(', ')}</span>}
          </span>
        }
      />
      <div className="grid gap-8">
        {may('key.manage_own') && <KeyList title="Your keys" ownerId={null} />}
        {may('session.manage_own') && <SessionList />}
        {member.data?.has_password === true && <PasswordPanel />}
      </div>
    </>
  )
}
