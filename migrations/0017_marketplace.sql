-- What tenants offer each other. Items, listings and words are seen by every tenant of the
-- installation once approved; `tenant_id` is the publisher's.
create extension if not exists pg_trgm;

-- A name: whoever publishes it first owns it, for all its versions and for good.
create table marketplace_items (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text not null,
  -- The name as the eye reads it: names that differ only in what it overlooks are the same.
  skeleton text not null,
  item_type text not null check (item_type in ('agent', 'workflow')),
  -- Ran for several tenants: names that are nearly its own are refused to others.
  is_well_known boolean not null default false,
  -- When what the ledger says of it is summed anew; null while nobody runs it.
  standing_due_at timestamptz,
  created_at timestamptz not null,
  constraint marketplace_items_name_once unique (name),
  constraint marketplace_items_skeleton_once unique (skeleton)
);
create index marketplace_items_well_known on marketplace_items (length(skeleton))
  where is_well_known;
create index marketplace_items_standing on marketplace_items (standing_due_at)
  where standing_due_at is not null;

-- One version. What was published of it never changes; what admission, its publisher and reviewers
-- say of it does.
create table marketplace_versions (
  id uuid primary key,
  item_id uuid not null references marketplace_items (id),
  tenant_id uuid not null references tenants (id),
  version text not null,
  -- Sorts as semantic versions do (semver.org, section 11).
  version_rank text collate "C" not null,
  description text not null,
  readme text not null,
  changelog text not null,
  licence text,
  icon bytea,
  tags text[] not null,
  capabilities text[] not null,
  input_schema json,
  output_schema json,
  examples json not null,
  price numeric(18, 6) not null,
  -- The tenant's name, and who acted for it.
  publisher text not null,
  published_by uuid not null,
  published_by_name text not null,
  created_at timestamptz not null,

  -- What is listed, as it was when admission looked: null until then.
  artefact_kind text check (artefact_kind in ('wasm', 'remote', 'workflow')),
  artefact_id uuid,
  artefact_sha256 text,
  artefact_bytes bigint,
  -- What it asks of its host.
  permissions text[],

  state text not null check (state in ('checking', 'held', 'approved', 'rejected')),
  state_reason text,
  findings json not null,
  measurements json not null,
  decided_at timestamptz,
  decided_by_name text,
  -- While it is checked: who looks has until then, and this try's number fences what is reported.
  check_due_at timestamptz,
  check_tries integer not null default 0,

  status text not null default 'active' check (status in ('active', 'deprecated', 'yanked')),
  status_message text,
  status_at timestamptz,
  deleted_at timestamptz,
  -- A version is never reusable, not even after deletion.
  constraint marketplace_versions_version_once unique (item_id, version),
  check ((state = 'checking') = (check_due_at is not null))
);
create index marketplace_versions_latest on marketplace_versions (item_id, version_rank desc);
create index marketplace_versions_checking on marketplace_versions (check_due_at)
  where state = 'checking';
create index marketplace_versions_held on marketplace_versions (id)
  where state = 'held' and deleted_at is null;
create index marketplace_versions_of_tenant on marketplace_versions (tenant_id, state, id)
  where deleted_at is null;
create index marketplace_versions_artefact on marketplace_versions (artefact_sha256)
  where artefact_sha256 is not null and deleted_at is null;

-- What is searched: one row for each item with an approved version that was neither yanked nor
-- deleted, kept in the transactions that change the item.
create table marketplace_listings (
  item_id uuid primary key references marketplace_items (id),
  tenant_id uuid not null,
  version_id uuid not null,
  name text collate "C" not null,
  item_type text not null,
  version text not null,
  publisher text not null,
  licence text,
  price numeric(18, 6) not null,
  price_band text not null,
  status text not null,
  has_icon boolean not null,
  -- When its first version was listed, so that updates do not push it forward.
  listed_at timestamptz not null,
  published_at timestamptz not null,
  -- From the ledger, of tenants other than the publisher's.
  quality integer not null check (quality between 0 and 10000),
  uses bigint not null default 0,
  active_tenants integer not null default 0,
  success_rate double precision,
  rating_sum bigint not null default 0,
  rating_count integer not null default 0,
  tags text[] not null,
  capabilities text[] not null,
  description text not null,
  -- Words of name, tags and capabilities; and those with the description's and the README's.
  strong tsvector not null,
  words tsvector not null
);
create unique index marketplace_listings_name on marketplace_listings (name);
create index marketplace_listings_quality on marketplace_listings (quality, item_id);
create index marketplace_listings_newest on marketplace_listings (listed_at, item_id);
create index marketplace_listings_uses on marketplace_listings (uses, item_id);
create index marketplace_listings_price on marketplace_listings (price, item_id);
create index marketplace_listings_publisher on marketplace_listings (publisher, quality, item_id);
create index marketplace_listings_type on marketplace_listings (item_type, quality, item_id);
create index marketplace_listings_licence on marketplace_listings (licence, quality, item_id);
create index marketplace_listings_deprecated on marketplace_listings (quality, item_id)
  where status = 'deprecated';
-- Without lists of what is still to be sorted in, which every search would read through.
create index marketplace_listings_tags on marketplace_listings
  using gin (tags) with (fastupdate = off);
create index marketplace_listings_capabilities on marketplace_listings
  using gin (capabilities) with (fastupdate = off);
create index marketplace_listings_strong on marketplace_listings
  using gin (strong) with (fastupdate = off);
create index marketplace_listings_words on marketplace_listings
  using gin (words) with (fastupdate = off);

-- Words that names, tags, capabilities and descriptions were ever made of, for what is misspelt.
-- Of no tenant.
create table marketplace_words (
  word text collate "C" primary key
);
create index marketplace_words_alike on marketplace_words using gin (word gin_trgm_ops);
create index marketplace_words_short on marketplace_words (left(word, 1), length(word));

-- Which agents of which tenants are versions of an item: the publisher's own, and installed ones.
create table marketplace_sources (
  agent_id uuid primary key,
  tenant_id uuid not null,
  -- No reference: what a tenant has stays when the publisher is gone.
  item_id uuid not null,
  version text not null,
  since timestamptz not null
);

-- What finished attempts add up to, for each item, tenant and day of UTC.
create table marketplace_days (
  item_id uuid not null,
  day date not null,
  tenant_id uuid not null,
  attempts bigint not null,
  completed bigint not null,
  quarantined bigint not null,
  cost numeric(38, 6) not null,
  -- Places of a logarithmic scale that the performance room defines, in order, and how many
  -- attempts fell into each.
  duration_places smallint[] not null,
  duration_counts bigint[] not null,
  primary key (item_id, day, tenant_id)
) with (fillfactor = 70);
create index marketplace_days_of_tenant on marketplace_days (tenant_id, item_id);

-- One rating of each tenant that ran the item.
create table marketplace_ratings (
  -- No reference: what a tenant wrote stays its own when the publisher is gone.
  item_id uuid not null,
  tenant_id uuid not null,
  rating smallint not null check (rating between 1 and 5),
  review text not null,
  version text not null,
  author_id uuid not null,
  author_name text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- How often it was written on that day.
  written_on date not null,
  writes integer not null,
  primary key (item_id, tenant_id)
);
create index marketplace_ratings_newest on marketplace_ratings (item_id, updated_at, tenant_id);
create index marketplace_ratings_of_tenant on marketplace_ratings (tenant_id, updated_at);

-- What no tenant writes by itself: the ledger's sums.
select isolate_tenants();
revoke insert, update, delete on marketplace_days, marketplace_listings from cadre_tenant;
