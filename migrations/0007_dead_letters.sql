-- Where a dead letter comes from, and how often and why it was refused before.
alter table dead_letters
  add column source text not null default 'postgres',
  add column history jsonb not null default '[]',
  -- A message that cannot be read belongs to nobody that is known.
  alter column tenant_id drop not null;

alter table broker_messages add column history jsonb not null default '[]';
