-- Every table names its tenant. Hot tables (tasks, attempts, outbox, events) have no foreign
-- keys: a shared lock on the tenant's row for every insert would serialise all writers.

create table tenants (
  id uuid primary key,
  name text not null unique,
  created_at timestamptz not null
);

create table principals (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  kind text not null check (kind in ('user', 'service', 'agent')),
  name text not null,
  role text not null check (role in ('viewer', 'developer', 'agent', 'supervisor', 'admin')),
  created_at timestamptz not null
);

create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  principal_id uuid not null references principals (id) on delete cascade,
  -- What identifies the key in lists and logs; the secret part is known by its hash only.
  prefix text not null unique,
  secret_sha256 text not null unique,
  label text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index api_keys_principal on api_keys (principal_id);

create table sessions (
  token_sha256 text primary key,
  tenant_id uuid not null references tenants (id),
  principal_id uuid not null references principals (id) on delete cascade,
  api_key_id uuid not null references api_keys (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index sessions_expiry on sessions (expires_at);

create table agents (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text not null,
  version text not null,
  -- Sorts as semantic versions do (semver.org, section 11).
  version_rank text collate "C" not null,
  description text not null,
  owner_id uuid not null,
  owner_name text not null,
  runtime text not null check (runtime in ('wasm', 'remote')),
  capabilities text[] not null,
  examples json not null,
  is_enabled boolean not null,
  price numeric(18, 6) not null,
  binary_key text,
  binary_sha256 text,
  binary_bytes bigint,
  module_report json,
  rating real,
  last_error text,
  last_seen_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  -- A version is never reusable, not even after deletion.
  constraint agents_version_once unique (tenant_id, name, version),
  check ((runtime = 'wasm') = (binary_sha256 is not null))
);
create index agents_latest on agents (tenant_id, name, version_rank desc) where deleted_at is null;
create index agents_capabilities on agents using gin (capabilities);

create table tasks (
  id uuid primary key,
  tenant_id uuid not null,
  kind text not null check (kind in ('queued', 'direct')),
  title text,
  agent_id uuid,
  capability text,
  input json,
  -- 0 urgent, 1 high, 2 medium, 3 low.
  priority smallint not null check (priority between 0 and 3),
  status text not null
    check (status in ('TODO', 'IN_PROGRESS', 'DONE', 'QUARANTINED', 'CANCELLED')),
  assigned_agent_id uuid,
  attempt integer not null default 0,
  attempt_token uuid,
  lease_expires_at timestamptz,
  -- The process whose own worker holds the lease; null for agents that run elsewhere.
  lease_holder uuid,
  retry_count integer not null default 0,
  max_retries integer not null,
  backoff_base_ms integer not null,
  backoff_cap_ms integer not null,
  execution_timeout_ms integer,
  run_at timestamptz not null,
  progress_fraction double precision,
  progress_message text,
  result json,
  cost numeric(18, 6),
  last_error text,
  last_error_category text,
  idempotency_key text,
  request_sha256 text,
  tags text[] not null,
  traceparent text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  -- A lease and its token come and go together, and only with a task in progress.
  check ((status = 'IN_PROGRESS') = (attempt_token is not null)),
  check ((status = 'IN_PROGRESS') = (lease_expires_at is not null)),
  check ((agent_id is null) <> (capability is null))
) with (fillfactor = 85);
-- Compressing a large payload takes several times as long as storing it, and everybody waits.
alter table tasks alter column input set storage external;
alter table tasks alter column result set storage external;
create unique index tasks_idempotency on tasks (tenant_id, idempotency_key)
  where idempotency_key is not null;
create index tasks_lease on tasks (lease_expires_at) where status = 'IN_PROGRESS';
create index tasks_held_by_agent on tasks (assigned_agent_id) where status = 'IN_PROGRESS';
create index tasks_quarantined on tasks (tenant_id, updated_at) where status = 'QUARANTINED';
create index tasks_finished on tasks (finished_at) where finished_at is not null;
create index tasks_newest on tasks (tenant_id, created_at desc, id desc);
create index tasks_of_agent on tasks (tenant_id, agent_id, created_at desc);

create table attempts (
  task_id uuid not null,
  attempt integer not null,
  tenant_id uuid not null,
  agent_id uuid not null,
  outcome text not null check (outcome in ('running', 'done', 'failed', 'lost', 'cancelled')),
  category text,
  error text,
  fingerprint text,
  cost numeric(18, 6),
  started_at timestamptz not null,
  finished_at timestamptz,
  duration_ms double precision,
  -- Set by sandboxed executions: how the program ended and what it printed.
  execution_outcome text,
  execution_ms double precision,
  exit_code integer,
  stdout text,
  stderr text,
  primary key (task_id, attempt)
) with (fillfactor = 85);
alter table attempts alter column stdout set storage external;
alter table attempts alter column stderr set storage external;
create index attempts_executions on attempts (tenant_id, started_at desc)
  where execution_outcome is not null;
create index attempts_executions_of_agent on attempts (tenant_id, agent_id, started_at desc)
  where execution_outcome is not null;

-- The right of a task in TODO to be dispatched: one row for as long as it waits.
create table outbox (
  task_id uuid primary key,
  tenant_id uuid not null,
  agent_id uuid,
  queue text not null,
  priority smallint not null,
  -- waiting: the scheduler may admit it once it is due; admitted: the broker has it;
  -- held: its agent is disabled.
  state text not null check (state in ('waiting', 'admitted', 'held')),
  -- waiting: due from here on; admitted: goes back to waiting here unless it was claimed.
  available_at timestamptz not null,
  -- Order of admission: the due time, later by a handicap of its priority. Waiting makes up
  -- for the handicap, so that no priority starves another.
  rank_at timestamptz not null,
  traceparent text
) with (fillfactor = 70);
create index outbox_waiting on outbox (queue, rank_at) where state = 'waiting';
create index outbox_due on outbox (available_at) where state = 'waiting';
create index outbox_admitted on outbox (queue, available_at) where state = 'admitted';
create index outbox_agent on outbox (agent_id);

create table events (
  id bigint generated always as identity,
  -- Readers stop before the oldest running transaction, so that no later commit of an earlier
  -- id is skipped.
  xact xid8 not null default pg_current_xact_id(),
  tenant_id uuid not null,
  type text not null,
  subject_id uuid not null,
  at timestamptz not null,
  data json not null,
  primary key (xact, id)
);
create index events_subject on events (subject_id, id);

create table projections (
  name text primary key,
  xact xid8 not null,
  event_id bigint not null
);

create table agent_hours (
  tenant_id uuid not null,
  agent_id uuid not null,
  hour timestamptz not null,
  attempts bigint not null,
  completed bigint not null,
  failed bigint not null,
  quarantined bigint not null,
  cost numeric(38, 6) not null,
  duration_ms_sum double precision not null,
  -- Counts of finished attempts by duration; the bounds are in the agents room.
  duration_buckets bigint[] not null,
  last_seen_at timestamptz not null,
  primary key (agent_id, hour)
);
create index agent_hours_tenant on agent_hours (tenant_id, hour);

create table broker_messages (
  seq bigint generated always as identity primary key,
  id uuid not null,
  tenant_id uuid not null,
  queue text not null,
  priority smallint not null,
  headers json not null,
  enqueued_at timestamptz not null,
  available_at timestamptz not null,
  expires_at timestamptz not null,
  deliveries integer not null default 0,
  consumer uuid,
  locked_until timestamptz
) with (fillfactor = 70);
create index broker_messages_ready on broker_messages (queue, priority, seq)
  where consumer is null;
create index broker_messages_locked on broker_messages (consumer) where consumer is not null;
create index broker_messages_unlock on broker_messages (locked_until) where consumer is not null;
create index broker_messages_expiry on broker_messages (expires_at) where consumer is null;

create table dead_letters (
  id uuid not null,
  tenant_id uuid not null,
  queue text not null,
  headers json not null,
  reason text not null,
  deliveries integer not null,
  enqueued_at timestamptz not null,
  died_at timestamptz not null
);
create index dead_letters_newest on dead_letters (tenant_id, died_at desc);
