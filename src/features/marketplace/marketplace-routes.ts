import {
  ApproveVersion,
  boundedText,
  ChangeVersion,
  ItemRating,
  ItemRatingList,
  MarketplaceItemDetail,
  MarketplacePage,
  MarketplaceQuery,
  MarketplaceVersion,
  MarketplaceVersionList,
  MarketplaceVersionsQuery,
  PublicationsQuery,
  PublishItem,
  RateItem,
  RejectVersion,
  ReputationQuery,
  ReputationSeries,
  Trial,
  TryVersion,
  SignedEnvelope,
  VersionDiff,
  VersionDiffQuery,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of the marketplace take and answer. The handlers are in `marketplace-handlers.ts`.

const TAG = 'Marketplace'
const byName = { params: z.object({ name: boundedText(64, 1) }) }
const byVersion = {
  params: z.object({ name: boundedText(64, 1), version: boundedText(64, 1) }),
}
const byReview = {
  params: z.object({ id: z.guid().toLowerCase().meta({ description: 'Id of a version' }) }),
}

export const publishItem = documented(
  {
    summary: 'Publish a version of an agent or a workflow',
    tag: TAG,
    description:
      'What is listed is what your tenant published under the same name and version. The version is there at once in the state `checking`; admission decides about it on its own, and says why.',
    refusals: [409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/marketplace',
    request: { body: takes(PublishItem) },
    responses: { 201: answers(MarketplaceVersion, 'Published; admission begins') },
  },
)

export const searchItems = documented(
  {
    summary: 'Search the marketplace',
    tag: TAG,
    description:
      'Words are found in names, tags and capabilities, descriptions and READMEs, also when they are misspelt or cut short. Sorted by relevance, the best few hundred can be read; every other order goes on to the end.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/marketplace',
    request: { query: MarketplaceQuery },
    responses: { 200: answers(MarketplacePage, 'One page of items') },
  },
)

export const listPublications = documented(
  {
    summary: 'What your tenant published',
    tag: TAG,
    description: 'In one of the states, yanked versions included.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/marketplace/publications',
    request: { query: PublicationsQuery },
    responses: { 200: answers(MarketplaceVersionList, 'The newest first') },
  },
)

export const readItem = documented(
  { summary: 'An item with its latest approved version', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/marketplace/{name}',
    request: byName,
    responses: { 200: answers(MarketplaceItemDetail, 'The item') },
  },
)

export const readReputation = documented(
  {
    summary: 'The reputation of an item, day by day',
    tag: TAG,
    description:
      'What tenants other than the publisher’s own ran of it, in days of UTC. It comes from executions alone. `GET /marketplace/{name}` has the sums of 7, 30 and 90 days.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/marketplace/{name}/reputation',
    request: { ...byName, query: ReputationQuery },
    responses: { 200: answers(ReputationSeries, 'The earliest day first') },
  },
)

export const readIcon = documented(
  {
    summary: 'The icon of an item',
    tag: TAG,
    description: 'That of the version which `GET /marketplace/{name}` answers.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/marketplace/{name}/icon',
    request: byName,
    responses: {
      200: {
        description: 'A PNG',
        content: { 'image/png': { schema: z.string().meta({ format: 'binary' }) } },
      },
    },
  },
)

export const listVersions = documented(
  {
    summary: 'Versions of an item',
    tag: TAG,
    description:
      'Those that were not approved are shown to the publisher’s tenant and to reviewers.',
    refusals: [404, 422],
  },
  {
    method: 'get',
    path: '/marketplace/{name}/versions',
    request: { ...byName, query: MarketplaceVersionsQuery },
    responses: { 200: answers(MarketplaceVersionList, 'The greatest version first') },
  },
)

export const readVersion = documented(
  { summary: 'A version of an item', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/marketplace/{name}/versions/{version}',
    request: byVersion,
    responses: { 200: answers(MarketplaceVersion, 'The version') },
  },
)

export const readRelease = documented(
  {
    summary: 'The signed release of an approved version',
    tag: TAG,
    description:
      'All that was published of it, with the digest of its binary, exactly as it was signed at its approval. Whoever trusts the key can check it without trusting this server: `cadre verify`.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/marketplace/{name}/versions/{version}/release',
    request: byVersion,
    responses: { 200: answers(SignedEnvelope, 'Text, signature and key') },
  },
)

export const tryVersion = documented(
  {
    summary: 'Run a version once, without installing it',
    tag: TAG,
    description:
      'Exactly the listed digest, in the sandbox, for ten seconds at the most. It makes no task, costs nothing and counts for nobody’s reputation.',
    refusals: [404, 409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/marketplace/{name}/versions/{version}/try',
    request: { ...byVersion, body: takes(TryVersion) },
    responses: { 200: answers(Trial, 'How the program ended and what it printed') },
  },
)

export const diffVersions = documented(
  { summary: 'What changed between two versions', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/marketplace/{name}/versions/{version}/diff',
    request: { ...byVersion, query: VersionDiffQuery },
    responses: { 200: answers(VersionDiff, 'What is different') },
  },
)

export const changeVersion = documented(
  {
    summary: 'Deprecate, yank or restore a version',
    tag: TAG,
    description:
      'A deprecated version is listed with its message. A yanked one is found by its exact version only. Nothing else of a version ever changes.',
    refusals: [404, 422],
  },
  {
    method: 'patch',
    path: '/marketplace/{name}/versions/{version}',
    request: { ...byVersion, body: takes(ChangeVersion) },
    responses: { 200: answers(MarketplaceVersion, 'The version as it is now') },
  },
)

export const deleteVersion = documented(
  {
    summary: 'Delete a version',
    tag: TAG,
    description: 'Its number is never used again.',
    refusals: [404],
  },
  {
    method: 'delete',
    path: '/marketplace/{name}/versions/{version}',
    request: byVersion,
    responses: { 204: { description: 'Deleted' } },
  },
)

export const checkVersion = documented(
  {
    summary: 'Have a held version checked again',
    tag: TAG,
    description: 'Such as when the agent that it lists was published meanwhile.',
    refusals: [404, 409],
  },
  {
    method: 'post',
    path: '/marketplace/{name}/versions/{version}/check',
    request: byVersion,
    responses: { 200: answers(MarketplaceVersion, 'It is being checked') },
  },
)

export const listReviews = documented(
  {
    summary: 'Versions that wait for a reviewer',
    tag: TAG,
    description: 'For the operator of the installation.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/marketplace/reviews',
    request: { query: MarketplaceVersionsQuery },
    responses: { 200: answers(MarketplaceVersionList, 'The oldest first') },
  },
)

export const approveVersion = documented(
  { summary: 'Approve a held version', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/marketplace/reviews/{id}/approve',
    request: { ...byReview, body: takes(ApproveVersion) },
    responses: { 200: answers(MarketplaceVersion, 'Approved') },
  },
)

export const rejectVersion = documented(
  { summary: 'Reject a held version', tag: TAG, refusals: [404, 409, 422] },
  {
    method: 'post',
    path: '/marketplace/reviews/{id}/reject',
    request: { ...byReview, body: takes(RejectVersion) },
    responses: { 200: answers(MarketplaceVersion, 'Rejected') },
  },
)

export const listRatings = documented(
  { summary: 'Ratings and reviews of an item', tag: TAG, refusals: [404, 422] },
  {
    method: 'get',
    path: '/marketplace/{name}/ratings',
    request: { ...byName, query: MarketplaceVersionsQuery },
    responses: { 200: answers(ItemRatingList, 'The latest first') },
  },
)

export const rateItem = documented(
  {
    summary: 'Rate an item',
    tag: TAG,
    description:
      'One rating for each tenant that ran the item; rating again replaces it. Publishers do not rate their own.',
    refusals: [404, 409, 422],
  },
  {
    method: 'put',
    path: '/marketplace/{name}/rating',
    request: { ...byName, body: takes(RateItem) },
    responses: { 200: answers(ItemRating, 'Your tenant’s rating') },
  },
)
