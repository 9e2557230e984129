import type { MarketplaceVersion } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api/client.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { ErrorState, FormError } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AdmissionReport } from './admission-report.tsx'
import { DescribeFields } from './describe-fields.tsx'
import { publicationOf, type PublishDraft, type Source } from './publish-draft.ts'
import { PublishPreview } from './publish-preview.tsx'
import { PublishSteps, type PublishStep } from './publish-steps.tsx'
import { SourcePicker } from './source-picker.tsx'
import { MARKET_KEY, useVersion } from './use-market.ts'
import { usePublishDraft } from './use-publish-draft.ts'

/** Offers one of the tenant's agents or workflows, step by step, and follows what becomes of it. */
export const PublishPage = () => {
  const search = useSearch({ from: '/marketplace/publish' })
  const { type, name, version } = search
  return (
    <>
      <BackLink to="/marketplace">Marketplace</BackLink>
      <div className="mt-1.5">
        <PageHeader
          title="Publish"
          note="Offer an agent or a workflow to the other tenants of this Cadre"
        />
      </div>
      {type === undefined || name === undefined || version === undefined ? (
        <>
          <PublishSteps step="choose" />
          <SourcePicker />
        </>
      ) : (
        <Chosen key={`${type} ${name} ${version}`} type={type} name={name} version={version} />
      )}
    </>
  )
}

const Chosen = (chosen: Pick<Source, 'type' | 'name' | 'version'>) => {
  const start = usePublishDraft(chosen)
  if (start.isError) return <ErrorState error={start.error} onRetry={() => void start.refetch()} />
  if (start.data === undefined) return <Skeleton className="h-96 rounded-xl" />
  return <Wizard {...start.data} />
}

const Wizard = ({ source, draft: first }: { source: Source; draft: PublishDraft }) => {
  const [step, setStep] = useState<PublishStep>('describe')
  const [draft, setDraft] = useState(first)
  const cache = useQueryClient()
  const body = publicationOf(source, draft)
  const publish = useMutation({
    mutationFn: () => {
      if (body === undefined) throw new Error('Some of it is not JSON yet.')
      return api.marketplace.publish(body)
    },
    onSuccess: async () => {
      setStep('watch')
      await cache.invalidateQueries({ queryKey: MARKET_KEY })
    },
    onError: () => setStep('describe'),
  })
  const top = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (step !== 'describe') top.current?.focus()
  }, [step])
  return (
    <div ref={top} tabIndex={-1} className="outline-none">
      <PublishSteps step={step} />
      {step === 'describe' && (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (body !== undefined) setStep('preview')
          }}
        >
          <DescribeFields
            source={source}
            draft={draft}
            error={publish.error}
            onChange={(part) => setDraft((last) => ({ ...last, ...part }))}
          />
          <div className="mt-4 grid gap-3">
            <FormError error={publish.error} fields={FIELDS} />
            <div className="flex justify-end gap-2">
              <Link to="/marketplace/publish" className={buttonClass()}>
                Choose another
              </Link>
              <Button type="submit" look="primary" disabled={body === undefined}>
                Preview
              </Button>
            </div>
          </div>
        </form>
      )}
      {step === 'preview' && (
        <>
          <PublishPreview source={source} draft={draft} />
          <div className="mt-4 flex justify-end gap-2">
            <Button onClick={() => setStep('describe')}>Go on writing</Button>
            <Button look="primary" isBusy={publish.isPending} onClick={() => publish.mutate()}>
              Publish {source.name} {source.version}
            </Button>
          </div>
        </>
      )}
      {step === 'watch' && publish.data !== undefined && <Watched published={publish.data} />}
    </div>
  )
}

const FIELDS = [
  'description',
  'readme',
  'changelog',
  'licence',
  'icon',
  'tags',
  'price',
  'input_schema',
  'output_schema',
  'examples',
]

/** Follows admission until it has decided. */
const Watched = ({ published }: { published: MarketplaceVersion }) => {
  const followed = useVersion(published.name, published.version)
  const navigate = useNavigate()
  const cache = useQueryClient()
  const version = followed.data ?? published
  const { state } = version
  useEffect(() => {
    if (state !== 'checking')
      void cache.invalidateQueries({
        queryKey: MARKET_KEY,
        predicate: ({ queryKey }) => queryKey[1] !== 'version',
      })
  }, [state, cache])
  return (
    <>
      <AdmissionReport version={version} />
      <div className="mt-4 flex justify-end gap-2">
        <Link
          to="/marketplace/publications"
          search={state === 'approved' ? {} : { state }}
          className={buttonClass()}
        >
          Publications
        </Link>
        <Button
          look="primary"
          onClick={() =>
            void navigate({
              to: '/marketplace/$name',
              params: { name: version.name },
              search: state === 'approved' ? {} : { version: version.version },
            })
          }
        >
          Open its page
        </Button>
      </div>
    </>
  )
}
