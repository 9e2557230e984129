-- What left or entered the marketplace, and what is mirrored from elsewhere: see
-- docs/decisions/0026.

-- Every change of what is approved, in words that stay when the version is gone. Of no tenant:
-- what is approved is seen by all, and a tombstone outlives its tenant.
create table marketplace_changes (
  id bigint generated always as identity,
  xact xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('release', 'status', 'tombstone')),
  version_id uuid not null,
  name text not null,
  version text not null,
  status text not null,
  message text,
  at timestamptz not null default now(),
  primary key (xact, id)
);
create index marketplace_changes_tombstones on marketplace_changes (name, version)
  where kind = 'tombstone';

-- Whoever changes a version, and however: the change is noted in the same transaction.
create function note_marketplace_change() returns trigger language plpgsql as $$
declare
  was boolean := tg_op <> 'INSERT' and old.state = 'approved' and old.deleted_at is null
    and old.release_payload is not null;
  is_now boolean := tg_op <> 'DELETE' and new.state = 'approved' and new.deleted_at is null
    and new.release_payload is not null;
  what text;
begin
  if is_now and not was then what := 'release';
  elsif was and not is_now then what := 'tombstone';
  elsif was and (old.status, old.status_message) is distinct from (new.status, new.status_message)
    then what := 'status';
  else return null;
  end if;
  if tg_op = 'DELETE' then
    insert into marketplace_changes (kind, version_id, name, version, status, message)
    select what, old.id, i.name, old.version, old.status, old.status_message
    from marketplace_items as i where i.id = old.item_id;
  else
    insert into marketplace_changes (kind, version_id, name, version, status, message)
    select what, new.id, i.name, new.version, new.status, new.status_message
    from marketplace_items as i where i.id = new.item_id;
  end if;
  return null;
end $$;
create trigger marketplace_versions_changes after insert or update or delete
  on marketplace_versions for each row execute function note_marketplace_change();

insert into marketplace_changes (kind, version_id, name, version, status, message)
select 'release', v.id, i.name, v.version, v.status, v.status_message
from marketplace_versions as v join marketplace_items as i on i.id = v.item_id
where v.state = 'approved' and v.deleted_at is null and v.release_payload is not null;

-- The installation that an item is mirrored from, as the operator named its key; null for what was
-- published here.
alter table marketplace_items add column origin text;
create index marketplace_items_mirrored on marketplace_items (origin, id) where origin is not null;
-- Who published it there.
alter table marketplace_versions add column origin_publisher text;
-- The latest index of each origin that was applied, so that an older one changes nothing back.
create table marketplace_origins (
  name text primary key,
  index_issued_at timestamptz not null
);

-- Which binaries are in use, for the sweep of orphans.
create index agents_binary on agents (binary_key)
  where binary_key is not null and deleted_at is null;
