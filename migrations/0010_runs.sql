-- Runs of workflows. A task that is a step of a run names the run; the step's row has its id.
alter table tasks add column run_id uuid;

create table workflow_runs (
  id uuid primary key,
  tenant_id uuid not null,
  workflow_id uuid not null,
  workflow_name text not null,
  workflow_version text not null,
  status text not null check (status in
    ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATING', 'COMPENSATED')),
  -- How the run ends once nothing of it is open; null as long as all goes well.
  outcome text check (outcome in ('FAILED', 'CANCELLED', 'COMPENSATED')),
  is_paused boolean not null,
  trigger_kind text not null
    check (trigger_kind in ('api', 'schedule', 'webhook', 'workflow', 'rerun')),
  -- Null stands for JSON null too.
  trigger json,
  payload json not null,
  output json,
  error text,
  failed_step text,
  -- Of the steps that ended; once the run is closed, of all its attempts.
  cost numeric(18, 6) not null,
  cost_limit numeric(18, 6),
  deadline_at timestamptz,
  -- The run whose step this one is, and how many such there are above it.
  parent_run_id uuid,
  nesting smallint not null,
  rerun_of uuid,
  rerun_from text,
  created_by uuid not null,
  created_by_name text not null,
  idempotency_key text,
  request_sha256 text,
  traceparent text,
  created_at timestamptz not null,
  -- When it last moved on: a run that should have by now is stuck.
  updated_at timestamptz not null,
  -- When it was found to be stuck; null again as soon as it moves.
  stuck_since timestamptz,
  finished_at timestamptz,
  duration_ms double precision
) with (fillfactor = 70);
alter table workflow_runs alter column trigger set storage external;
alter table workflow_runs alter column payload set storage external;
create unique index workflow_runs_idempotency on workflow_runs (tenant_id, idempotency_key)
  where idempotency_key is not null;
create index workflow_runs_newest on workflow_runs (tenant_id, created_at desc, id desc);
create index workflow_runs_of_workflow on workflow_runs (tenant_id, workflow_name, created_at desc, id desc);
-- Of nothing that a move changes, so that moves stay cheap.
create index workflow_runs_unfinished on workflow_runs (tenant_id, created_at desc, id desc)
  where status in ('RUNNING', 'COMPENSATING');
create index workflow_runs_deadline on workflow_runs (deadline_at)
  where status in ('RUNNING', 'COMPENSATING') and deadline_at is not null;
create index workflow_runs_finished on workflow_runs (finished_at) where finished_at is not null;
create index workflow_runs_children on workflow_runs (parent_run_id) where parent_run_id is not null;

create table workflow_steps (
  -- Of a task or of a child run where the step is one.
  id uuid primary key,
  run_id uuid not null,
  tenant_id uuid not null,
  step text not null,
  -- Element of a fan-out, from 0; -1 is the step itself.
  item integer not null,
  -- Undoes the action of this step. Its own id is that of its task, once there is one.
  is_compensation boolean not null,
  kind text not null check (kind in ('agent', 'fan_out', 'workflow', 'approval', 'signal', 'delay')),
  -- RECORDED: a compensation that may become necessary. WAITING: for needs, for its turn, or for
  -- its paused run. HELD: a person must decide.
  status text not null check (status in
    ('RECORDED', 'WAITING', 'RUNNING', 'HELD', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED')),
  -- In the graph: compensations go from the deepest upwards.
  depth integer not null,
  needs_left integer not null default 0,
  -- Its task's failure waits for a person.
  is_holding boolean not null default false,
  -- Of a fan-out: elements, and those that have not ended.
  items integer,
  items_left integer,
  -- What an element will work on, or what an approver may look at.
  input json,
  -- Of what is no task; a task's result stays in the task.
  output json,
  message text,
  error text,
  category text,
  attempts integer not null default 0,
  cost numeric(18, 6),
  -- From its release to the start of its first attempt.
  wait_ms double precision,
  -- When a delay, a deadline or a wait for a signal is over.
  due_at timestamptz,
  -- An approval's verdict, or what a person did about a held step.
  decision text,
  decided_by uuid,
  decided_by_name text,
  comment text,
  -- The step of an earlier run whose result this one took over.
  reused_from uuid,
  released_at timestamptz,
  ended_at timestamptz
) with (fillfactor = 80);
alter table workflow_steps alter column input set storage external;
alter table workflow_steps alter column output set storage external;
create unique index workflow_steps_once on workflow_steps (run_id, step, is_compensation, item);
create index workflow_steps_open on workflow_steps (run_id)
  where status in ('WAITING', 'RUNNING', 'HELD');
create index workflow_steps_turn on workflow_steps (run_id, step, item)
  where status = 'WAITING' and item >= 0;
create index workflow_steps_recorded on workflow_steps (run_id, depth) where status = 'RECORDED';
create index workflow_steps_due on workflow_steps (due_at)
  where status = 'RUNNING' and due_at is not null;
create index workflow_steps_approvals on workflow_steps (tenant_id, id)
  where kind = 'approval' and status = 'RUNNING';
create index workflow_steps_held on workflow_steps (tenant_id, run_id) where status = 'HELD';

-- Signals that arrived; a step that waits for one takes the oldest.
create table run_signals (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  tenant_id uuid not null,
  name text not null,
  body json,
  sent_by_name text not null,
  idempotency_key text,
  at timestamptz not null,
  -- The step that took it.
  step_id uuid
);
create index run_signals_of_run on run_signals (run_id, name, id);
create unique index run_signals_once on run_signals (run_id, idempotency_key)
  where idempotency_key is not null;

-- What one run of a family tells another, taken by whoever moves that run next.
create table run_messages (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  kind text not null check (kind in ('child_ended', 'cancel', 'undo')),
  body json not null
);
create index run_messages_of_run on run_messages (run_id, id);

/*
 * Closes a run of which nothing is open, with its status, its duration and the sum of the costs of
 * its attempts. Two last steps that end at once both come here; the lock on the run's row lets one
 * after the other look, and the second finds the run closed. Answers the status that the run got,
 * or null where it was closed before or is not over.
 */
create function check_workflow_completion(p_run_id uuid, p_now timestamptz default now())
returns text language plpgsql as $$
declare
  run workflow_runs%rowtype;
  sum_of_costs numeric(18, 6);
  sum_of_attempts numeric(18, 6);
begin
  select * into run from workflow_runs where id = p_run_id for update;
  if not found or run.status not in ('RUNNING', 'COMPENSATING') then return null; end if;
  perform 1 from workflow_steps
    where run_id = p_run_id and status in ('WAITING', 'RUNNING', 'HELD') limit 1;
  if found then return null; end if;
  if run.status = 'COMPENSATING' then
    perform 1 from workflow_steps where run_id = p_run_id and status = 'RECORDED' limit 1;
    if found then return null; end if;
  end if;
  -- By key from the steps, so that no plan can read the tasks of others.
  select coalesce(sum(a.cost), 0) into sum_of_attempts
    from workflow_steps as s join attempts as a on a.task_id = s.id
    where s.run_id = p_run_id;
  -- Child runs have been closed before, with sums of their own.
  select sum_of_attempts + coalesce(sum(c.cost), 0) into sum_of_costs
    from workflow_runs as c where c.parent_run_id = p_run_id;
  update workflow_runs set status = coalesce(run.outcome, 'COMPLETED'), cost = sum_of_costs,
    is_paused = false, finished_at = p_now, updated_at = p_now,
    duration_ms = extract(epoch from p_now - run.created_at) * 1000
    where id = p_run_id;
  return coalesce(run.outcome, 'COMPLETED');
end $$;
