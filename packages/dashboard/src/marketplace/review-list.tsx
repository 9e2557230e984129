import type { ItemRating, MarketplaceItemDetail } from '@cadre/contract'
import { MessageSquareText } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState, FormError } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { Stars, StarsField } from './stars.tsx'
import { MARKET_KEY, useOwnTenant } from './use-market.ts'

/** What tenants that ran the item say of it, and where one says it. */
export const ReviewList = ({ item }: { item: MarketplaceItemDetail }) => {
  const may = useMay()
  const own = useOwnTenant()?.name
  const ratings = usePages([...MARKET_KEY, 'ratings', item.name], (cursor) =>
    api.marketplace.ratings(item.name, { limit: 20, cursor }),
  )
  const isOwn = own === item.publisher
  return (
    <div className="grid gap-4">
      {may('marketplace.rate') && !isOwn && <RateForm name={item.name} />}
      <div>
        <ListFrame
          label="reviews"
          list={ratings}
          items={ratings.items}
          className="min-h-40"
          empty={
            <EmptyState icon={MessageSquareText} title="Nobody has rated it yet">
              Tenants that ran it may rate it, one rating each.
            </EmptyState>
          }
        >
          {(rating) => <Review key={rating.tenant} rating={rating} />}
        </ListFrame>
      </div>
    </div>
  )
}

const Review = ({ rating }: { rating: ItemRating }) => (
  <li className="px-4 py-3">
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Stars rating={rating.rating} />
      <span className="min-w-0 text-sm font-semibold">{rating.tenant}</span>
      <span className="text-xs text-faint">
        {rating.author} · on {rating.version} · <Ago at={rating.updated_at} />
      </span>
    </div>
    {rating.review !== '' && (
      <p className="mt-1.5 max-w-prose text-sm wrap-anywhere whitespace-pre-line text-muted">
        {rating.review}
      </p>
    )}
  </li>
)

const RateForm = ({ name }: { name: string }) => {
  const [rating, setRating] = useState<number | null>(null)
  const [review, setReview] = useState('')
  const rate = useAction(() => api.marketplace.rate(name, { rating: rating ?? 0, review }), {
    done: 'Your tenant’s rating is saved',
    touches: [MARKET_KEY],
    saysFaultItself: true,
    onDone: () => setReview(''),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (rating !== null) rate.mutate()
  }
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label="Rate it"
      className="grid gap-3 rounded-xl border border-line bg-surface p-4 shadow-card"
    >
      <StarsField value={rating} onChange={setRating} />
      <Field
        label="Review"
        isOptional
        hint="One rating for your tenant, which ran it. Rating again replaces it."
        error={fieldErrors(rate.error)['review']}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={3}
            maxLength={2_000}
            spellCheck
            value={review}
            onChange={(event) => setReview(event.target.value)}
          />
        )}
      </Field>
      <FormError error={rate.error} fields={['review']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={rating === null} isBusy={rate.isPending}>
          Rate it
        </Button>
      </div>
    </form>
  )
}
