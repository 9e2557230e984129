-- An id names one version for good, so it stands as that: every webhook names its workflow.
update workflow_webhooks w set workflow = v.name || '@' || v.version
from workflows v where v.tenant_id = w.tenant_id and v.id::text = lower(w.workflow);

-- Webhooks of one workflow, whichever version they start; the newest first. A column, and no
-- expression: behind row-level security only what is known to leak nothing may use an index.
alter table workflow_webhooks add column workflow_name text not null
  generated always as (split_part(workflow, '@', 1)) stored;
create index workflow_webhooks_of_workflow
  on workflow_webhooks (tenant_id, workflow_name, id desc);
