-- What a task's failures lead to: how its retries are spaced, and what is never tried again.
alter table tasks
  add column backoff_kind text not null default 'exponential',
  add column backoff_jitter text not null default 'equal',
  add column no_retry_on text[] not null default '{}',
  add constraint tasks_backoff_kind
    check (backoff_kind in ('exponential', 'linear', 'fixed')) not valid,
  add constraint tasks_backoff_jitter check (backoff_jitter in ('equal', 'full', 'none')) not valid;

-- The inbox: one row for as long as a task is in quarantine. It comes and goes with the state, in
-- the same statement.
create table quarantine (
  task_id uuid primary key,
  tenant_id uuid not null,
  -- Whose attempt failed last, or for whom it waited too long; null when nobody in particular.
  agent_id uuid,
  attempt integer not null,
  fingerprint text not null,
  category text not null,
  error text not null,
  quarantined_at timestamptz not null
) with (fillfactor = 90);
create index quarantine_newest on quarantine (tenant_id, quarantined_at, task_id);
create index quarantine_of_group on quarantine (tenant_id, fingerprint, quarantined_at, task_id);
create index quarantine_of_agent on quarantine (tenant_id, agent_id, quarantined_at, task_id);

-- Failures that look alike, counted as tasks come and go, so that no figure scans the inbox.
create table quarantine_groups (
  tenant_id uuid not null,
  fingerprint text not null,
  id uuid not null default gen_random_uuid(),
  category text not null,
  -- The latest one.
  error text not null,
  -- In the inbox now. A group that was emptied opens anew with the next task.
  tasks bigint not null,
  -- Since the first one.
  total bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  opened_at timestamptz not null,
  primary key (tenant_id, fingerprint)
) with (fillfactor = 50);
create index quarantine_groups_newest on quarantine_groups (tenant_id, last_seen_at, fingerprint);

create table quarantine_group_agents (
  tenant_id uuid not null,
  fingerprint text not null,
  agent_id uuid not null,
  tasks bigint not null,
  primary key (tenant_id, fingerprint, agent_id)
) with (fillfactor = 50);

insert into quarantine (task_id, tenant_id, agent_id, attempt, fingerprint, category, error,
  quarantined_at)
select t.id, t.tenant_id, a.agent_id, a.attempt, coalesce(a.fingerprint, 'unknown'),
  coalesce(a.category, 'retriable'), left(coalesce(a.error, ''), 1000), t.updated_at
from tasks as t join attempts as a on a.task_id = t.id and a.attempt = t.attempt
where t.status = 'QUARANTINED';

insert into quarantine_groups (tenant_id, fingerprint, category, error, tasks, total,
  first_seen_at, last_seen_at, opened_at)
select tenant_id, fingerprint, min(category), min(error), count(*), count(*),
  min(quarantined_at), max(quarantined_at), min(quarantined_at)
from quarantine group by tenant_id, fingerprint;

insert into quarantine_group_agents (tenant_id, fingerprint, agent_id, tasks)
select tenant_id, fingerprint, agent_id, count(*)
from quarantine group by tenant_id, fingerprint, agent_id;

alter table dead_letters add column seq bigint generated always as identity;
create index dead_letters_id on dead_letters (id);
drop index dead_letters_newest;
create index dead_letters_newest on dead_letters (tenant_id, died_at, seq);
create index dead_letters_oldest on dead_letters (died_at);
