-- Time limits. Tasks without one are in none of these indexes.
alter table tasks add column queue_timeout_ms bigint;
alter table tasks add column total_timeout_ms bigint;
-- The total limit as an instant: it counts from the first due time, whatever happens later.
alter table tasks add column deadline_at timestamptz;
-- The end of the present attempt's time; null unless a remote agent holds a limited task.
alter table tasks add column attempt_deadline_at timestamptz;
-- The schedule that made the task.
alter table tasks add column schedule_id uuid;

-- Milliseconds since 1970, since no sum of an instant and an interval may stand in an index.
create index tasks_queue_limit on tasks (
    (extract(epoch from run_at - timestamptz '1970-01-01 00:00:00+00') * 1000 + queue_timeout_ms))
  where status = 'TODO' and queue_timeout_ms is not null;
create index tasks_attempt_limit on tasks (attempt_deadline_at)
  where status = 'IN_PROGRESS' and attempt_deadline_at is not null;
create index tasks_total_limit on tasks (deadline_at)
  where status in ('TODO', 'IN_PROGRESS') and deadline_at is not null;
create index tasks_of_schedule on tasks (schedule_id, created_at desc, id desc)
  where schedule_id is not null;
create index tasks_unfinished_of_schedule on tasks (schedule_id)
  where schedule_id is not null and status in ('TODO', 'IN_PROGRESS');

create table schedules (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null,
  -- Exactly one of these three says when.
  cron text,
  every_ms bigint,
  at timestamptz,
  time_zone text not null,
  -- What each run creates, as it was given.
  task json not null,
  missed_runs text not null check (missed_runs in ('skip', 'run_once', 'run_all')),
  overlap text not null check (overlap in ('allow', 'skip')),
  jitter_ms integer not null,
  starts_at timestamptz,
  ends_at timestamptz,
  is_paused boolean not null,
  -- Null while paused and after the last run.
  next_run_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint schedules_name_once unique (tenant_id, name),
  check (num_nonnulls(cron, every_ms, at) = 1)
) with (fillfactor = 80);
create index schedules_due on schedules (next_run_at) where next_run_at is not null;
create index schedules_newest on schedules (tenant_id, created_at desc, id desc);

create table schedule_runs (
  schedule_id uuid not null,
  -- When the run was due; for one that a person asked for, when they did.
  due_at timestamptz not null,
  tenant_id uuid not null,
  outcome text not null check (outcome in ('created', 'overlapped', 'missed', 'failed')),
  is_manual boolean not null,
  task_id uuid,
  error text,
  -- How many runs the row stands for: missed ones in a row share one.
  runs integer not null,
  fired_at timestamptz not null,
  primary key (schedule_id, due_at)
);
