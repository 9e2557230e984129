// Parts of the statements that bring tasks into quarantine or out of it. A task in QUARANTINED has
// one row in `quarantine`, and its group counts it: row and counts change in the statement that
// changes the state, so no figure is ever counted from the tasks themselves.
//
// Groups are written in the order of their keys, in and out alike, so statements never deadlock.

/**
 * CTEs behind one named `entering (task_id, tenant_id, agent_id, attempt, fingerprint, category,
 * error)`. A group that was empty opens, which is an event.
 * @param now the parameter that holds the time, such as `$3`
 */
export const enterQuarantine = (now: string): string => `
  entered as (
    insert into quarantine (task_id, tenant_id, agent_id, attempt, fingerprint, category, error,
      quarantined_at)
    select task_id, tenant_id, agent_id, attempt, fingerprint, category, left(error, 1000),
      ${now}::timestamptz from entering),
  grown as (
    insert into quarantine_groups as g (tenant_id, fingerprint, category, error, tasks, total,
      first_seen_at, last_seen_at, opened_at)
    select tenant_id, fingerprint, min(category), left(min(error), 1000), count(*), count(*),
      ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    from entering group by tenant_id, fingerprint order by tenant_id, fingerprint
    on conflict (tenant_id, fingerprint) do update set
      tasks = g.tasks + excluded.tasks, total = g.total + excluded.total, error = excluded.error,
      last_seen_at = greatest(g.last_seen_at, excluded.last_seen_at),
      opened_at = case when g.tasks = 0 then excluded.opened_at else g.opened_at end
    returning g.id, g.tenant_id, g.fingerprint, g.category, g.error, g.tasks),
  grown_agents as (
    insert into quarantine_group_agents as g (tenant_id, fingerprint, agent_id, tasks)
    select tenant_id, fingerprint, agent_id, count(*)
    from entering where agent_id is not null group by tenant_id, fingerprint, agent_id
    order by tenant_id, fingerprint, agent_id
    on conflict (tenant_id, fingerprint, agent_id) do update set tasks = g.tasks + excluded.tasks),
  opened as (
    insert into events (tenant_id, type, subject_id, at, data)
    select g.tenant_id, 'quarantine.group_opened', g.id, ${now}::timestamptz,
      json_strip_nulls(json_build_object(
      'fingerprint', g.fingerprint, 'category', g.category, 'error', left(g.error, 500),
      'tasks', g.tasks, 'agent_id', e.agent_id))
    from grown as g join (
      select tenant_id, fingerprint, count(*) as added, (array_agg(agent_id))[1] as agent_id
      from entering group by tenant_id, fingerprint) as e
      on e.tenant_id = g.tenant_id and e.fingerprint = g.fingerprint and e.added = g.tasks)`

/** CTEs behind one named `leaving (tenant_id, fingerprint, agent_id)`: rows gone from the inbox. */
export const leaveQuarantine = (now: string): string => `
  shrunk as (
    insert into quarantine_groups as g (tenant_id, fingerprint, category, error, tasks, total,
      first_seen_at, last_seen_at, opened_at)
    select tenant_id, fingerprint, '', '', -count(*), 0, ${now}::timestamptz, ${now}::timestamptz,
      ${now}::timestamptz
    from leaving group by tenant_id, fingerprint order by tenant_id, fingerprint
    on conflict (tenant_id, fingerprint) do update set tasks = g.tasks + excluded.tasks),
  shrunk_agents as (
    insert into quarantine_group_agents as g (tenant_id, fingerprint, agent_id, tasks)
    select tenant_id, fingerprint, agent_id, -count(*)
    from leaving where agent_id is not null group by tenant_id, fingerprint, agent_id
    order by tenant_id, fingerprint, agent_id
    on conflict (tenant_id, fingerprint, agent_id) do update set tasks = g.tasks + excluded.tasks)`
