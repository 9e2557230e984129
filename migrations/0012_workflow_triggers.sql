-- Webhooks that start runs: whoever knows the token in the address may start this one workflow.
create table workflow_webhooks (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text not null,
  -- As it was named: by id, by name (then the latest version at each start) or by name@version.
  workflow text not null,
  token_sha256 text not null,
  signature_scheme text check (signature_scheme in ('standard', 'github', 'stripe')),
  -- Sealed with a key that is made from the token, so that this table alone holds nothing to sign with.
  sealed_secret text,
  tolerance_seconds integer,
  -- JSON with expressions that makes the context of a run out of the body; null takes it as it is.
  mapping json,
  is_enabled boolean not null,
  created_by uuid not null,
  created_by_name text not null,
  created_at timestamptz not null,
  constraint workflow_webhooks_name_once unique (tenant_id, name)
);
create unique index workflow_webhooks_token on workflow_webhooks (token_sha256);
create index workflow_webhooks_newest on workflow_webhooks (tenant_id, id desc);

-- A schedule makes tasks or starts a workflow.
alter table schedules alter column task drop not null;
alter table schedules add column workflow text;
alter table schedules add column context json;
alter table schedules add constraint schedules_one_work check (num_nonnulls(task, workflow) = 1);
alter table schedule_runs add column run_id uuid;
alter table workflow_runs add column schedule_id uuid;
create index workflow_runs_unfinished_of_schedule on workflow_runs (schedule_id)
  where schedule_id is not null and finished_at is null;
