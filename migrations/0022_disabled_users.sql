-- Somebody who may not sign in anywhere, whatever tenants they are a member of: sessions and tokens
-- end when it is set, and keys sleep until it is null again.
alter table users add column disabled_at timestamptz;
grant select (disabled_at) on users to cadre_tenant;
