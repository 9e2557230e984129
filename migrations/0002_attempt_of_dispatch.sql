-- The attempt that a claim of this row starts: messages carry it.
alter table outbox add column attempt integer not null default 1;
