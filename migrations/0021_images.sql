-- An agent of the marketplace can be a container image: a reference, pinned by its digest, to what
-- whoever installs it runs.
alter table marketplace_versions add column image text;
alter table marketplace_versions drop constraint marketplace_versions_artefact_kind_check;
alter table marketplace_versions add constraint marketplace_versions_artefact_kind_check
  check (artefact_kind in ('wasm', 'remote', 'workflow', 'image'));
alter table marketplace_versions add constraint marketplace_versions_image_kind
  check (artefact_kind is null or (artefact_kind = 'image') = (image is not null));
