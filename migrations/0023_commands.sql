-- A task that is a step of a run travels as a command: an action, or the compensation of one.
alter table tasks add column command text check (command in ('action', 'compensation'));
alter table outbox add column command text;
