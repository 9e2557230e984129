-- Which process of a remote agent holds a task, where it said so at its claim.
alter table tasks add column lease_instance uuid;

-- The stream by which that process was heard of last: when this one ends and no other has begun,
-- the process is gone.
alter table agent_instances add column stream_id uuid;
