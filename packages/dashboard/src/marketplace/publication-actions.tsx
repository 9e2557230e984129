import type { MarketplaceVersionSummary, VersionStatus } from '@cadre/contract'
import { useNavigate } from '@tanstack/react-router'
import {
  ArrowUpRight,
  Ellipsis,
  OctagonX,
  RefreshCw,
  RotateCcw,
  Trash2,
  TriangleAlert,
} from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { cx } from '../ui/cx.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { FormError } from '../ui/notice.tsx'
import { MARKET_KEY } from './use-market.ts'

type Step = 'deprecated' | 'yanked' | 'delete' | null

/** What its publisher can do with a version; nothing else of it ever changes. */
export const PublicationActions = ({
  version,
  className,
}: {
  version: MarketplaceVersionSummary
  className?: string
}) => {
  const [step, setStep] = useState<Step>(null)
  const navigate = useNavigate()
  const { name, state, status } = version
  const called = `${name} ${version.version}`
  const restore = useAction(
    () => api.marketplace.change(name, version.version, { status: 'active' }),
    { done: `${called} is offered again`, touches: [MARKET_KEY] },
  )
  const check = useAction(() => api.marketplace.checkAgain(name, version.version), {
    done: `${called} is being checked again`,
    touches: [MARKET_KEY],
  })
  const close = () => setStep(null)
  return (
    <div className={cx('flex items-center gap-1', className)}>
      {state === 'held' && (
        <Button size="small" isBusy={check.isPending} onClick={() => check.mutate()}>
          <RefreshCw size={13} aria-hidden /> Check again
        </Button>
      )}
      {status !== 'active' && state === 'approved' && (
        <Button size="small" isBusy={restore.isPending} onClick={() => restore.mutate()}>
          <RotateCcw size={13} aria-hidden /> Restore
        </Button>
      )}
      <Menu
        trigger={
          <IconButton size="small" label={`More about ${called}`}>
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      >
        <MenuItem
          onSelect={() =>
            void navigate({
              to: '/marketplace/$name',
              params: { name },
              search: { version: version.version },
            })
          }
        >
          <ArrowUpRight size={14} aria-hidden /> Open its page
        </MenuItem>
        {state === 'approved' && status === 'active' && (
          <MenuItem onSelect={() => setStep('deprecated')}>
            <TriangleAlert size={14} aria-hidden /> Deprecate
          </MenuItem>
        )}
        {state === 'approved' && status !== 'yanked' && (
          <MenuItem onSelect={() => setStep('yanked')}>
            <OctagonX size={14} aria-hidden /> Yank
          </MenuItem>
        )}
        <MenuItem onSelect={() => setStep('delete')}>
          <Trash2 size={14} aria-hidden /> Delete
        </MenuItem>
      </Menu>
      {(step === 'deprecated' || step === 'yanked') && (
        <StatusDialog version={version} status={step} onClose={close} />
      )}
      {step === 'delete' && <DeleteDialog version={version} onClose={close} />}
    </div>
  )
}

interface StepProps {
  version: MarketplaceVersionSummary
  onClose: () => void
}

const STATUS_TEXTS = {
  deprecated: {
    title: 'Deprecate',
    verb: 'Deprecate',
    done: 'is deprecated',
    text: 'It stays listed, with your message as a warning. Restore it at any time.',
  },
  yanked: {
    title: 'Yank',
    verb: 'Yank',
    done: 'is yanked',
    text: 'It leaves the list and is not installed any more, except by those who name this very version. Restore it at any time.',
  },
} as const

const StatusDialog = ({
  version: { name, version },
  status,
  onClose,
}: StepProps & { status: Exclude<VersionStatus, 'active'> }) => {
  const [message, setMessage] = useState('')
  const { title, verb, done, text } = STATUS_TEXTS[status]
  const change = useAction(
    () => api.marketplace.change(name, version, { status, message: message.trim() }),
    {
      done: `${name} ${version} ${done}`,
      touches: [MARKET_KEY],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (message.trim() !== '') change.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${title} ${name} ${version}?`}
      description={text}
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field
          label="Message"
          hint="Tells those who use it why, and what to use instead"
          error={fieldErrors(change.error)['message']}
        >
          {(control) => (
            <TextArea
              {...control}
              data-initial-focus
              rows={3}
              maxLength={500}
              spellCheck
              value={message}
              onChange={(event) => setMessage(event.target.value)}
            />
          )}
        </Field>
        <FormError error={change.error} fields={['message']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button
            type="submit"
            look="danger"
            disabled={message.trim() === ''}
            isBusy={change.isPending}
          >
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const DeleteDialog = ({ version: { name, version }, onClose }: StepProps) => {
  const remove = useAction(() => api.marketplace.remove(name, version), {
    done: `${name} ${version} is deleted`,
    touches: [MARKET_KEY],
    onDone: onClose,
  })
  return (
    <ConfirmDialog
      title={`Delete ${name} ${version}?`}
      confirmLabel="Delete version"
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It is gone from the marketplace, and its number is never used again. To keep it for those who
      run it already, yank it instead.
    </ConfirmDialog>
  )
}
