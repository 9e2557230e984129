-- The second wall between tenants. What a request reads and writes for its tenant runs as the role
-- cadre_tenant with the tenant's id in the setting cadre.tenant_id; row-level security then knows no
-- other tenant's rows, whatever a statement forgets to say. The platform's own work, which serves
-- many tenants in one statement, runs as the login that owns the tables and is not subject to it.

/*
 * Makes the role, which all databases of a server share, and lets this login act as it. Does
 * nothing where both are so already.
 */
create function ensure_tenant_role() returns void language plpgsql as $$
declare
  membership text := case
    when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end;
begin
  if not exists (select 1 from pg_roles where rolname = 'cadre_tenant') then
    begin
      create role cadre_tenant nologin;
    exception
      -- Another database of the server made it at this moment.
      when duplicate_object or unique_violation then null;
    end;
  end if;
  if not pg_has_role(current_user, 'cadre_tenant', membership) then
    begin
      execute format('grant cadre_tenant to %I', current_user);
    exception
      when duplicate_object or unique_violation then null;
    end;
  end if;
exception
  when insufficient_privilege then
    raise exception 'The database login % may not make the role cadre_tenant or act as it. Let an administrator of the server run: do $do$ begin create role cadre_tenant nologin; exception when duplicate_object then null; end $do$; grant cadre_tenant to %; Then start Cadre again.',
      current_user, quote_ident(current_user) using errcode = 'insufficient_privilege';
end $$;

/*
 * Puts every table that names its tenant behind the wall unless it is already. Runs after every
 * migration, so that no later table can be forgotten; a migration that grants less takes rights
 * away after calling it.
 */
create function isolate_tenants() returns void language plpgsql as $$
declare
  place regclass;
begin
  for place in
    select c.oid::regclass from pg_class as c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
      and exists (
        select 1 from pg_attribute as a
        where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      and not exists (
        select 1 from pg_policy as p where p.polrelid = c.oid and p.polname = 'of_tenant')
    order by c.relname
  loop
    execute format('alter table %s enable row level security', place);
    execute format(
      $policy$create policy of_tenant on %s to cadre_tenant
        using (tenant_id = nullif(current_setting('cadre.tenant_id', true), '')::uuid)
        with check (tenant_id = nullif(current_setting('cadre.tenant_id', true), '')::uuid)$policy$,
      place);
    execute format('grant select, insert, update, delete on %s to cadre_tenant', place);
  end loop;
end $$;
revoke execute on function ensure_tenant_role(), isolate_tenants() from public;

-- A tenant that is suspended or being deleted begins nothing.
alter table tenants
  add column display_name text not null default '',
  add column status text not null default 'active'
    check (status in ('active', 'suspended', 'deleting')),
  add column status_reason text,
  add column status_at timestamptz;
create index tenants_inactive on tenants (id) where status <> 'active';

-- Rows are told apart by it when a tenant's data is exported.
alter table dead_letters add primary key (seq);

-- A chain ends with its tenant, and in no other way.
create or replace function guard_audit_record() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform 1 from audit_heads
      where tenant_id = old.tenant_id and old.seq <= removed_seq;
    if found then return old; end if;
    perform 1 from tenants where id = old.tenant_id and status = 'deleting';
    if found then return old; end if;
  end if;
  raise exception 'audit records are append-only';
end $$;
create or replace function guard_audit_head() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.tenant_id = old.tenant_id and new.seq >= old.seq
      and (new.seq > old.seq or new.hash = old.hash)
      and new.removed_seq >= old.removed_seq and new.removed_seq <= new.seq
      and (new.removed_seq > old.removed_seq or new.removed_hash = old.removed_hash)
    then return new; end if;
  end if;
  if tg_op = 'DELETE' then
    perform 1 from tenants where id = old.tenant_id and status = 'deleting';
    if found then return old; end if;
  end if;
  raise exception 'the head of an audit chain only moves forward';
end $$;

-- What one run tells another is its tenant's too.
alter table run_messages add column tenant_id uuid;
update run_messages as m set tenant_id = r.tenant_id from workflow_runs as r where r.id = m.run_id;
delete from run_messages where tenant_id is null;
alter table run_messages alter column tenant_id set not null;

-- Null for the queues that tenants share.
alter table queues add column tenant_id uuid;
update queues as q set tenant_id = a.tenant_id from agents as a
  where q.name = 'tasks.agent.' || a.id;
update queues set tenant_id = substr(name, 18, 36)::uuid where name like 'tasks.capability.%';

select ensure_tenant_role();
do $$ begin
  execute format('grant usage on schema %I to cadre_tenant', current_schema());
end $$;

-- Everybody reads what the shared queues allow; only the platform changes it.
alter table queues enable row level security;
create policy of_tenant on queues for select to cadre_tenant
  using (tenant_id is null
    or tenant_id = nullif(current_setting('cadre.tenant_id', true), '')::uuid);
grant select on queues to cadre_tenant;

select isolate_tenants();

alter table tenants enable row level security;
create policy of_tenant on tenants to cadre_tenant
  using (id = nullif(current_setting('cadre.tenant_id', true), '')::uuid);
grant select on tenants to cadre_tenant;

-- People belong to no tenant: one knows those who are its members, and how to name them.
alter table users add column has_password boolean not null
  generated always as (password_hash is not null) stored;
alter table users enable row level security;
create policy of_members on users for select to cadre_tenant
  using (exists (select 1 from principals as p where p.user_id = users.id));
grant select (id, email, has_password, last_sign_in_at) on users to cadre_tenant;

-- No request changes or removes what only grows, or what the platform keeps and requests read.
revoke update, delete on audit_records, events from cadre_tenant;
revoke delete on audit_heads from cadre_tenant;
revoke insert, update, delete on agent_hours, workflow_performance, queue_starts from cadre_tenant;
revoke all on broker_messages from cadre_tenant;
