-- Who may do what, beyond the built-in roles: roles of a tenant's own, grants on single objects,
-- and policies in Cedar.

-- A principal may have a role of its tenant's own. One that is not there permits nothing.
alter table principals drop constraint if exists principals_role_check;
create index principals_role on principals (tenant_id, role);

create table access_roles (
  tenant_id uuid not null,
  name text not null,
  description text not null,
  inherits text[] not null,
  -- [{actions: [...], resource?: {type, id}}]
  permissions json not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, name)
);

-- To one principal, or to all who have a role.
create table access_grants (
  id uuid primary key,
  tenant_id uuid not null,
  principal_id uuid,
  role text,
  actions text[] not null,
  resource_type text not null,
  resource_id text not null,
  -- Null: until it is withdrawn.
  expires_at timestamptz,
  reason text not null,
  created_by uuid not null,
  created_by_name text not null,
  created_at timestamptz not null,
  constraint access_grants_one_subject check ((principal_id is null) <> (role is null))
);
create index access_grants_list on access_grants (tenant_id, id);
create index access_grants_principal on access_grants (tenant_id, principal_id, id)
  where principal_id is not null;
create index access_grants_role on access_grants (tenant_id, role, id) where role is not null;

create table access_policies (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null,
  description text not null,
  -- The latest, and the one that decides; null where none does.
  version integer not null,
  active_version integer,
  created_by_name text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint access_policies_name_once unique (tenant_id, name)
);
create index access_policies_list on access_policies (tenant_id, id);

create table access_policy_versions (
  policy_id uuid not null references access_policies (id) on delete cascade,
  tenant_id uuid not null,
  version integer not null,
  text text not null,
  created_by_name text not null,
  created_at timestamptz not null,
  primary key (policy_id, version)
);

-- A sample of recent decisions, upon which a policy is tried before it decides. Bounded for each
-- tenant; whoever adds removes what is too old or too much.
create table access_decisions (
  id uuid primary key,
  tenant_id uuid not null,
  at timestamptz not null,
  principal_id uuid not null,
  -- {name, kind, role, scopes}
  principal json not null,
  action text not null,
  -- {type, id, parents, attributes}; null where no object in particular was at stake.
  resource json,
  -- {ip, credential}
  context json not null
);
create index access_decisions_recent on access_decisions (tenant_id, id);
