-- What people watch: how many tasks start in each queue, and which processes of agents are there.

-- Starts by ten seconds, for the last minutes only. Counted by the processes that grant claims and
-- written down once a second, so that no claim waits for a counter and no figure scans history.
create table queue_starts (
  tenant_id uuid not null,
  bucket_at timestamptz not null,
  queue text not null,
  starts bigint not null,
  primary key (tenant_id, bucket_at, queue)
) with (fillfactor = 50);
create index queue_starts_old on queue_starts (bucket_at);

-- One process of a remote agent, as it reported last.
create table agent_instances (
  agent_id uuid not null references agents on delete cascade,
  -- Chosen by the process, so that its reports need no answer to begin with.
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  transport text not null check (transport in ('http', 'amqp')),
  -- Null: it did not say.
  concurrency integer check (concurrency >= 0),
  in_flight integer check (in_flight >= 0),
  connected_at timestamptz not null,
  seen_at timestamptz not null,
  -- It fell silent without a farewell.
  is_lost boolean not null default false,
  primary key (agent_id, id)
) with (fillfactor = 50);
create index agent_instances_seen on agent_instances (seen_at);
