-- Limits of queues, agents and keys, weights of tenants, and who leads the schedulers.

alter table tenants add column weight integer not null default 1 check (weight between 1 and 1000);

-- A queue without a row has no limits.
create table queues (
  name text primary key,
  -- Events name the queue by it.
  id uuid not null default gen_random_uuid(),
  is_paused boolean not null default false,
  concurrency_max integer check (concurrency_max > 0),
  concurrency_max_per_key integer check (concurrency_max_per_key > 0),
  -- At most rate_burst + rate_per_second * t starts within any t seconds.
  rate_per_second double precision check (rate_per_second > 0),
  rate_burst integer check (rate_burst > 0),
  -- An agent whose tasks come this way has a limit of its own.
  limits_agents boolean not null default false,
  is_governed boolean not null generated always as (
    is_paused or limits_agents or concurrency_max is not null
    or concurrency_max_per_key is not null or rate_per_second is not null) stored,
  -- When a start would be in step with the rate, in microseconds since 1970: the generic cell
  -- rate algorithm's one number of state. Claims lock the row, those of limited queues only.
  rate_next_us bigint not null default 0,
  updated_at timestamptz not null,
  check ((rate_per_second is null) = (rate_burst is null))
) with (fillfactor = 50);

-- Tasks in progress of an agent at the most, whatever queue they came by.
alter table agents add column concurrency_max integer check (concurrency_max > 0);

alter table tasks add column concurrency_key text;
-- The queue that the latest claim came by; null for direct executions.
alter table tasks add column queue text;
create index tasks_in_queue on tasks (queue, tenant_id, concurrency_key)
  where status = 'IN_PROGRESS' and queue is not null;

alter table outbox add column concurrency_key text;
-- Rows that a limit finer than the queue's may hold back, by what it counts: an agent, a key or
-- both. So a lane that is full is stepped over however long it is. Null for all others.
alter table outbox add column lane text;
-- The message's place in the broker, set with 'admitted'; below 5 it may overtake.
alter table outbox add column level smallint;
drop index outbox_waiting;
create index outbox_waiting on outbox (queue, tenant_id, (lane is not null), rank_at)
  where state = 'waiting';
create index outbox_lanes on outbox (queue, tenant_id, lane, rank_at)
  where state = 'waiting' and lane is not null;
drop index outbox_admitted;
create index outbox_admitted on outbox (queue, tenant_id, level, available_at)
  where state = 'admitted';
create index outbox_admitted_keys on outbox (queue, tenant_id, concurrency_key)
  where state = 'admitted' and concurrency_key is not null;
drop index outbox_agent;
create index outbox_agent on outbox (agent_id, state);

-- One process at a time does what the name says. Whoever acts on it locks the row and compares
-- the fence, so one that was paused and overtaken does nothing more.
create table leaders (
  name text primary key,
  holder uuid,
  fence bigint not null default 0,
  expires_at timestamptz
);
insert into leaders (name) values ('scheduler');
