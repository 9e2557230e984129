import type { Session } from '@cadre/contract'
import { LogOut, MonitorSmartphone } from 'lucide-react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { ListTitle } from '../ui/list-title.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { browserWords } from './browser-words.ts'

const QUERY_KEY = ['sessions']
const METHOD_WORDS = { key: 'by key', password: 'by password', oidc: 'by the issuer' } as const

/** Where one is signed in, and ways to end it. */
export const SessionList = () => {
  const sessions = usePages(QUERY_KEY, (cursor) => api.sessions.list({ cursor }))
  const endOthers = useAction(() => api.sessions.endOthers(), {
    done: 'Your other sessions have ended',
    touches: [QUERY_KEY],
  })
  return (
    <section aria-label="Sessions">
      <ListTitle title="Sessions" note="Browsers in which you are signed in">
        {sessions.items.length > 1 && (
          <Button isBusy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            <LogOut size={14} aria-hidden /> End all others
          </Button>
        )}
      </ListTitle>
      <ListFrame
        label="sessions"
        list={sessions}
        items={sessions.items}
        className="min-h-33"
        skeleton={<SkeletonRows className="h-16.5" count={2} />}
        empty={
          <EmptyState icon={MonitorSmartphone} title="No sessions">
            You ask with a key or a token, without a browser.
          </EmptyState>
        }
      >
        {(session) => <SessionRow key={session.id} session={session} />}
      </ListFrame>
    </section>
  )
}

const SessionRow = ({ session }: { session: Session }) => {
  const end = useAction(() => api.sessions.end(session.id), {
    done: 'Session ended',
    touches: [QUERY_KEY],
  })
  const browser = browserWords(session.user_agent)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
        <p className="flex min-w-0 items-center gap-2 text-sm font-medium">
          <span className="truncate" title={session.user_agent ?? undefined}>
            {browser}
          </span>
          {session.is_current && <Badge tone="good">This one</Badge>}
        </p>
        <p className="mt-0.5 truncate text-xs text-muted">
          {session.ip ?? 'unknown address'} · {METHOD_WORDS[session.method]} · begun{' '}
          <Ago at={session.created_at} />
        </p>
      </div>
      <p className="w-32 text-xs text-muted max-sm:flex-1">
        seen <Ago at={session.last_seen_at} />
      </p>
      <div className="flex w-16 justify-end">
        {!session.is_current && (
          <Button
            size="small"
            isBusy={end.isPending}
            onClick={() => end.mutate()}
            aria-label={`End the session of ${browser}`}
          >
            End
          </Button>
        )}
      </div>
    </li>
  )
}
