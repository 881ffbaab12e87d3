drop type if exists pggit.cqrs_change cascade;
drop table
    pggit.signature_records,
    pggit.version_records,
    pggit.changeset_records,
    pggit.cqrs_operations,
    pggit.materialized_view_refreshes,
    pggit.external_migrations,
    pggit.noted_migrations,
    pggit.migration_integrations,
    pggit.conflict_registry,
    pggit.grafts,
    pggit.archived_commits,
    pggit.archived_objects,
    pggit.imported_changes
cascade;
