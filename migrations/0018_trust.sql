-- What is signed, and by whom: see docs/decisions/0024.

-- Keys that are or were trusted, ours and those of other installations. Of no tenant.
create table registry_keys (
  -- The first 16 hexadecimal digits of the SHA-256 of the public key.
  id text primary key,
  name text not null,
  public_key bytea not null check (octet_length(public_key) = 32),
  -- Sealed; null where somebody else has it.
  private_key text,
  created_at timestamptz not null,
  -- It signs nothing from then on; what it signed stays good.
  retired_at timestamptz,
  -- Nothing that it signed is good from then on.
  revoked_at timestamptz
);
create unique index registry_keys_one_signs on registry_keys ((true))
  where private_key is not null and retired_at is null and revoked_at is null;

-- What an agent was when it was published, signed; null for what is older than the first key.
alter table agents
  add column statement_payload text,
  add column statement_signature bytea,
  add column statement_key_id text;

-- What is listed, as it was when it was approved, signed.
alter table marketplace_versions
  add column release_payload text,
  add column release_signature bytea,
  add column release_key_id text,
  add column signed_at timestamptz;

/*
 * What is signed of an agent never changes. Where it does, every process forgets at once what it
 * remembers of agents, and the next execution finds out.
 */
create function tell_agents_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('cadre_agents_changed', '');
  return null;
end $$;
create trigger agents_signed_parts after update of tenant_id, name, version, runtime, capabilities,
    price, binary_key, binary_sha256, binary_bytes, created_at, statement_payload,
    statement_signature, statement_key_id
  on agents for each statement execute function tell_agents_changed();
