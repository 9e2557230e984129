import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { LogIn } from 'lucide-react'
import { api } from '../api/client.ts'
import { buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { Segments } from '../ui/segments.tsx'
import { Callout } from '../ui/notice.tsx'
import { CredentialCard } from './credential-card.tsx'
import { KeyForm } from './key-form.tsx'
import { PasswordForm } from './password-form.tsx'
import { lastMethod, rememberMethod, type Method } from './last-method.ts'

/** Ways in: a password, a key, or the issuer where there is one. */
export const SignInPage = ({ failure, returnTo }: { failure?: string; returnTo?: string }) => {
  const [method, setMethod] = useState<Method>(lastMethod)
  const methods = useQuery({
    queryKey: ['session', 'methods'],
    queryFn: api.session.methods,
    staleTime: Infinity,
  })
  const choose = (next: Method) => {
    rememberMethod(next)
    setMethod(next)
  }
  const oidc = methods.data?.oidc ?? null
  return (
    <CredentialCard
      title="Sign in to Cadre"
      note="The control plane for your agents"
      below={
        method === 'key' ? (
          <>
            Lost it? Set <code className="font-mono">CADRE_ADMIN_KEY</code> and restart Cadre.
          </>
        ) : (
          'Forgot it? An administrator of your tenant can make you a link for a new one.'
        )
      }
    >
      {failure !== undefined && (
        <Callout tone="bad" role="alert" className="mb-4">
          {failure}
        </Callout>
      )}
      {oidc !== null && (
        <>
          <a
            href={`${oidc.start}?${new URLSearchParams({ return_to: returnTo ?? location.pathname + location.search })}`}
            className={cx(buttonClass({ look: 'primary' }), 'w-full')}
          >
            <LogIn size={14} aria-hidden /> Sign in with {oidc.name}
          </a>
          <p aria-hidden className="my-4 text-center text-xs text-faint">
            or
          </p>
        </>
      )}
      <Segments
        label="Sign in with"
        value={method}
        onChange={choose}
        className="mb-4 grid! grid-cols-2 *:justify-center"
        segments={[
          { value: 'password', label: 'Password' },
          { value: 'key', label: 'Key' },
        ]}
      />
      {method === 'key' ? <KeyForm /> : <PasswordForm />}
    </CredentialCard>
  )
}
