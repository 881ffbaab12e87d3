-- The changesets to query.

create or replace view pggit.cqrs_history as
select c.changeset_id,
       c.description,
       c.version,
       c.status,
       c.created_at,
       (select pg_catalog.count(*) from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and o.side = 'command') as command_ops_count,
       (select pg_catalog.count(*) from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and o.side = 'query') as query_ops_count,
       c.created_by,
       c.executed_at,
       c.error,
       k.commit_id,
       k.message as commit_message,
       c.executed_at as completed_at,
       (select pg_catalog.count(*) from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and o.success) as successful_ops,
       (select pg_catalog.count(*) from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and not o.success) as failed_ops,
       c.error as error_message
from pggit.cqrs_changesets as c
left join pggit.commits as k on k.transaction_id = c.transaction_id;
comment on view pggit.cqrs_history is 'The changesets with how they ended, how many operations they have on each side, and the commit that they became';
