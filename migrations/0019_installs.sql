-- What tenants installed from the marketplace, and what stays of publishers that are gone.

-- One name in a tenant, what it was installed from, and which version it means now.
create table installs (
  tenant_id uuid not null,
  name text collate "C" not null,
  -- No reference: what a tenant has stays when the publisher is gone.
  item_id uuid not null,
  item text not null,
  item_type text not null check (item_type in ('agent', 'workflow')),
  -- Versions that an update may lead to (semver ranges).
  range text not null,
  version text not null,
  installed_by uuid not null,
  installed_by_name text not null,
  installed_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, name)
);

-- Every version that is there because of it: the one that the name means, those before it, whose
-- tasks go on, and those above it that were set aside.
create table install_versions (
  tenant_id uuid not null,
  name text collate "C" not null,
  version text not null,
  version_rank text collate "C" not null,
  -- Of the binary or the definition, as it was released; null where the tenant runs it itself.
  sha256 text,
  image text,
  publisher text not null,
  permissions text[] not null,
  price numeric(18, 6) not null,
  agent_id uuid,
  workflow_id uuid,
  -- The release exactly as it was signed.
  release_payload text not null,
  release_signature bytea not null,
  release_key_id text not null,
  installed_at timestamptz not null,
  primary key (tenant_id, name, version),
  foreign key (tenant_id, name) references installs (tenant_id, name) on delete cascade,
  check ((agent_id is null) <> (workflow_id is null))
);
create index install_versions_agent on install_versions (agent_id) where agent_id is not null;
create index install_versions_workflow on install_versions (workflow_id)
  where workflow_id is not null;

-- A lower version was installed in its place, so that the name alone does not mean it.
alter table agents add column is_set_aside boolean not null default false;
alter table workflows add column is_set_aside boolean not null default false;

-- Names whose publisher is gone are never used again. Of no tenant.
create table marketplace_retired_names (
  name text primary key,
  skeleton text not null,
  item_type text not null,
  retired_at timestamptz not null
);
create index marketplace_retired_names_skeleton on marketplace_retired_names (skeleton);
create function retire_item_name() returns trigger language plpgsql as $$
begin
  insert into marketplace_retired_names (name, skeleton, item_type, retired_at)
    values (old.name, old.skeleton, old.item_type, now())
    on conflict (name) do nothing;
  return old;
end $$;
create trigger marketplace_items_retire before delete on marketplace_items
  for each row execute function retire_item_name();

select isolate_tenants();
