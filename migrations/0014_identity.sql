-- Who asks: people with passwords or an identity elsewhere, what they and programs show, and what
-- is handed out for it. Secrets are known by their hashes only, but for the keys that sign tokens.

-- A person. Belongs to no tenant: as a member, the same person may belong to several.
create table users (
  id uuid primary key,
  -- In lower case, so that it is unique however it is written.
  email text not null constraint users_email_once unique check (email = lower(email)),
  -- Argon2id in the PHC form; null for who signs in elsewhere only.
  password_hash text,
  password_changed_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null
);

-- Who somebody is at an OpenID Connect issuer.
create table user_identities (
  issuer text not null,
  subject text not null,
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null,
  primary key (issuer, subject)
);
create index user_identities_user on user_identities (user_id);

-- A principal of kind user with a user is a member. The first administrator, who has only a key,
-- is one without.
alter table principals add column user_id uuid references users (id) on delete cascade;
alter table principals add column disabled_at timestamptz;
create unique index principals_member_once on principals (tenant_id, user_id);
-- Two processes that started in the same instant may both have made one.
update principals as p set name = p.name || '-' || left(p.id::text, 8)
  where p.kind = 'service' and exists (
    select 1 from principals as o
    where o.tenant_id = p.tenant_id and o.name = p.name and o.kind = 'service'
      and (o.created_at, o.id) < (p.created_at, p.id));
create unique index principals_service_once on principals (tenant_id, name) where kind = 'service';
create index principals_of_kind on principals (tenant_id, kind, id);
create index principals_user on principals (user_id) where user_id is not null;

alter table api_keys add column scopes text[];
alter table api_keys add column expires_at timestamptz;
alter table api_keys add column last_used_at timestamptz;
-- Null for keys that the platform itself made.
alter table api_keys add column created_by uuid;
alter table api_keys add column created_by_name text;
create index api_keys_listed on api_keys (tenant_id, id) where revoked_at is null;
create index api_keys_expiry on api_keys (expires_at) where expires_at is not null;
create index api_keys_of_principal on api_keys (principal_id, id) where revoked_at is null;

alter table sessions add column id uuid not null default gen_random_uuid();
alter table sessions alter column id drop default;
-- Null where it was begun by something else than a key.
alter table sessions alter column api_key_id drop not null;
alter table sessions add column method text not null default 'key'
  check (method in ('key', 'password', 'oidc'));
alter table sessions alter column method drop default;
alter table sessions add column scopes text[];
alter table sessions add column last_seen_at timestamptz;
update sessions set last_seen_at = created_at;
alter table sessions alter column last_seen_at set not null;
alter table sessions add column ip text;
alter table sessions add column user_agent text;
create unique index sessions_id on sessions (id);
create index sessions_principal on sessions (principal_id, id);
create index sessions_key on sessions (api_key_id) where api_key_id is not null;

create table invitations (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  email text not null check (email = lower(email)),
  role text not null,
  token_sha256 text not null unique,
  created_by uuid not null,
  created_by_name text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
-- One that waits per address.
create unique index invitations_pending on invitations (tenant_id, email)
  where accepted_at is null and revoked_at is null;
create index invitations_listed on invitations (tenant_id, id);
create index invitations_expiry on invitations (expires_at);

-- Links with which somebody sets a new password; only the newest of a user is good.
create table password_resets (
  user_id uuid primary key references users (id) on delete cascade,
  -- The tenant whose administrator made it.
  tenant_id uuid not null references tenants (id),
  token_sha256 text not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index password_resets_expiry on password_resets (expires_at);

-- What one sign-in for tokens led to: the refresh tokens that follow each other, and by their
-- `family` claim the access tokens. Revoked, none of them is good for anything.
create table token_families (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  principal_id uuid not null references principals (id) on delete cascade,
  api_key_id uuid references api_keys (id) on delete cascade,
  scopes text[],
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index token_families_principal on token_families (principal_id);
create index token_families_key on token_families (api_key_id) where api_key_id is not null;
create index token_families_expiry on token_families (expires_at);

create table refresh_tokens (
  token_sha256 text primary key,
  tenant_id uuid not null references tenants (id),
  family_id uuid not null references token_families (id) on delete cascade,
  created_at timestamptz not null,
  used_at timestamptz,
  -- With the used token, and not without it, its successor can be told once more.
  successor_salt text,
  check ((used_at is null) = (successor_salt is null))
);
create index refresh_tokens_family on refresh_tokens (family_id);

-- Keys that sign access tokens; of the whole installation. Each signs from `active_at` until the
-- next does, and is published from the time it was made until nothing that it signed is valid.
create table signing_keys (
  id text primary key,
  private_jwk json not null,
  public_jwk json not null,
  created_at timestamptz not null,
  active_at timestamptz not null constraint signing_keys_one_at_a_time unique
);

-- Sign-ins that are under way at the issuer; each is taken once.
create table oidc_sign_ins (
  state_sha256 text primary key,
  -- What only the browser that began it knows.
  browser_sha256 text not null,
  nonce text not null,
  code_verifier text not null,
  return_to text not null,
  expires_at timestamptz not null
);
create index oidc_sign_ins_expiry on oidc_sign_ins (expires_at);
