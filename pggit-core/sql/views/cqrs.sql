-- The changesets to query.

create or replace view pggit.cqrs_changesets as
select c.changeset_id,
       c.description,
       c.version,
       array(select o.operation from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and o.side = 'command' order by o.sequence) as command_operations,
       array(select o.operation from pggit.cqrs_operations as o where o.changeset_id = c.changeset_id and o.side = 'query' order by o.sequence) as query_operations,
       c.status,
       c.atomic,
       c.created_at,
       c.created_by,
       c.executed_at,
       c.executed_by,
       c.executed_at as completed_at,
       c.transaction_id,
       c.commit_id,
       c.error,
       c.error as error_message
from pggit.settled_changesets() as c;
comment on view pggit.cqrs_changesets is 'The changesets over command side and query side, with their operations, and how they ended';

create or replace view pggit.cqrs_history as
select c.changeset_id,
       c.description,
       c.version,
       c.status,
       c.created_at,
       o.command_ops_count,
       o.query_ops_count,
       c.created_by,
       c.executed_at,
       c.executed_at as completed_at,
       o.successful_ops,
       o.failed_ops,
       c.error,
       c.error as error_message,
       c.commit_id,
       k.message as commit_message
from pggit.settled_changesets() as c
cross join lateral (
    select pg_catalog.count(*) filter (where p.side = 'command') as command_ops_count,
           pg_catalog.count(*) filter (where p.side = 'query') as query_ops_count,
           pg_catalog.count(*) filter (where p.success) as successful_ops,
           pg_catalog.count(*) filter (where not p.success) as failed_ops
    from pggit.cqrs_operations as p
    where p.changeset_id = c.changeset_id
) as o
left join pggit.commits as k on k.commit_id = c.commit_id;
comment on view pggit.cqrs_history is 'The changesets with how they ended, how many operations they have on each side, and the commit that they became';
