-- What finished runs and steps add up to, kept from their events so that nobody reads history.
-- The same counts twice: by the hour for as long as the events are kept, and by the day.
create table workflow_performance (
  tenant_id uuid not null,
  workflow_name text not null,
  workflow_version text not null,
  grain text not null check (grain in ('hour', 'day')),
  -- Hours and days of UTC.
  starts_at timestamptz not null,
  -- A run as a whole, a step as a whole, elements of its list, or what undid it.
  part text not null check (part in ('run', 'step', 'item', 'compensation')),
  -- Empty for the run as a whole.
  step text not null,
  completed bigint not null,
  failed bigint not null,
  skipped bigint not null,
  cancelled bigint not null,
  compensated bigint not null,
  attempts bigint not null,
  -- Attempts behind the first one.
  retries bigint not null,
  cost numeric(38, 6) not null,
  -- Sum of the squares, from which the spread is reckoned.
  cost_squares double precision not null,
  -- Of those that completed. Places of a logarithmic scale that the performance room defines, in
  -- order, and how many fell into each.
  duration_ms_sum double precision not null,
  duration_places smallint[] not null,
  duration_counts bigint[] not null,
  -- From release to the start of the first attempt, of those that are tasks.
  wait_ms_sum double precision not null,
  wait_places smallint[] not null,
  wait_counts bigint[] not null,
  primary key (tenant_id, workflow_name, grain, starts_at, workflow_version, part, step)
) with (fillfactor = 70);
