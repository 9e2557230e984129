import { buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { CredentialCard } from './credential-card.tsx'
import { rememberMethod } from './last-method.ts'

/** The link did what it was for. A full load, so that nothing of it stays in memory. */
export const ToSignIn = ({ title, note }: { title: string; note: string }) => (
  <CredentialCard title={title} note={note}>
    <a
      href="/"
      onClick={() => rememberMethod('password')}
      className={cx(buttonClass({ look: 'primary' }), 'w-full')}
    >
      Go on to sign in
    </a>
  </CredentialCard>
)

/** Somebody came without the part of the link behind `#`. */
export const DeadLink = ({ noun }: { noun: 'invitation' | 'password' }) => (
  <CredentialCard
    title="This link is not whole"
    note={`Open the ${noun} link exactly as it was given to you, or ask for another one.`}
  >
    <a href="/" className={cx(buttonClass(), 'w-full')}>
      Go to Cadre
    </a>
  </CredentialCard>
)
