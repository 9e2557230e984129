-- Published workflows. A row is one version; it never changes but for its deletion.
create table workflows (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text not null,
  version text not null,
  -- Sorts as semantic versions do (semver.org, section 11).
  version_rank text collate "C" not null,
  description text not null,
  tags text[] not null,
  -- As its author wrote it.
  source text not null,
  source_format text not null check (source_format in ('yaml', 'json')),
  -- What runs read, and the digest of exactly this text.
  definition json not null,
  sha256 text not null,
  step_count integer not null,
  is_saga boolean not null,
  owner_id uuid not null,
  owner_name text not null,
  created_at timestamptz not null,
  deleted_at timestamptz,
  -- A version is never reusable, not even after deletion.
  constraint workflows_version_once unique (tenant_id, name, version)
);
create index workflows_latest on workflows (tenant_id, name collate "C", version_rank desc)
  where deleted_at is null;
