-- Who did or was refused what, as one chain of records per tenant. Each record carries the hash of
-- the one before, and a hash of itself over a form that packages/contract/src/audit-chain.ts tells.

-- The end of a tenant's chain: whoever appends locks this row, so that there is one chain.
create table audit_heads (
  tenant_id uuid primary key,
  -- Of the last record; 0 where there is none yet.
  seq bigint not null,
  hash text not null,
  -- Of the last record that retention removed: what remains begins behind it.
  removed_seq bigint not null default 0,
  removed_hash text not null
) with (fillfactor = 50);

create table audit_records (
  tenant_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  -- Null where nobody is known: the platform itself, or a stranger.
  actor_id uuid,
  actor_name text not null,
  actor_kind text not null check (actor_kind in ('user', 'service', 'agent', 'system', 'unknown')),
  actor_role text,
  action text not null,
  resource_kind text not null,
  resource_id text,
  resource_name text,
  decision text not null check (decision in ('allowed', 'denied')),
  -- Null where it came from no request.
  ip text,
  user_agent text,
  request_id text,
  route text,
  before json,
  after json,
  previous_hash text not null,
  hash text not null,
  primary key (tenant_id, seq)
);
-- Lists go by time, which clocks may give in another order than the numbers.
create index audit_records_at on audit_records (tenant_id, at, seq);
create index audit_records_action on audit_records (tenant_id, action, at, seq);
create index audit_records_actor on audit_records (tenant_id, actor_id, at, seq);
create index audit_records_actor_name on audit_records (tenant_id, actor_name, at, seq);
create index audit_records_resource on audit_records (tenant_id, resource_id, at, seq);
create index audit_records_resource_name on audit_records (tenant_id, resource_name, at, seq);
create index audit_records_denied on audit_records (tenant_id, at, seq) where decision = 'denied';

-- A record never changes. One may go only from the beginning of the chain, once its head says that
-- the chain begins behind it; that is what retention does.
create function guard_audit_record() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform 1 from audit_heads
      where tenant_id = old.tenant_id and old.seq <= removed_seq;
    if found then return old; end if;
  end if;
  raise exception 'audit records are append-only';
end $$;
create trigger audit_records_append_only before update or delete on audit_records
  for each row execute function guard_audit_record();
create trigger audit_records_no_truncate before truncate on audit_records
  for each statement execute function guard_audit_record();

-- A head only moves forward.
create function guard_audit_head() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.tenant_id = old.tenant_id and new.seq >= old.seq
      and (new.seq > old.seq or new.hash = old.hash)
      and new.removed_seq >= old.removed_seq and new.removed_seq <= new.seq
      and (new.removed_seq > old.removed_seq or new.removed_hash = old.removed_hash)
    then return new; end if;
  end if;
  raise exception 'the head of an audit chain only moves forward';
end $$;
create trigger audit_heads_forward before update or delete on audit_heads
  for each row execute function guard_audit_head();
create trigger audit_heads_no_truncate before truncate on audit_heads
  for each statement execute function guard_audit_head();
