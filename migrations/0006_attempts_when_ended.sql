-- An attempt's row is written once, when the attempt ends. Until then the task's own row tells of
-- it: who holds it, under which token, since when.
alter table tasks add column attempt_started_at timestamptz;
update tasks as t set attempt_started_at = a.started_at
  from attempts as a
  where t.status = 'IN_PROGRESS' and a.task_id = t.id and a.attempt = t.attempt;
delete from attempts where outcome = 'running';
