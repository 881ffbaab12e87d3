-- The history as tables to query.

create or replace view pggit.changes as
select c.commit_id,
       g.sequence,
       g.operation,
       g.object_type,
       g.object_identity,
       g.previous_identity,
       o.definition as old_definition,
       n.definition as new_definition,
       g.statement_id
from pggit.commit_changes as g
join pggit.commits as c on c.commit_number = g.commit_number
left join pggit.blobs as o on o.definition_id = g.old_definition_id
left join pggit.blobs as n on n.definition_id = g.new_definition_id
union all
select null,
       pg_catalog.row_number() over (order by s.staged_id)::int,
       case when s.gone then 'drop' when e.definition_id is null then 'create' else 'alter' end,
       s.object_type,
       s.object_identity,
       null,
       b.definition,
       case when not s.gone then s.definition end,
       t.statement_id
from pggit.staged_outcome(array(select distinct c.transaction_id from pggit.staged_changes as c), null) as s
left join pggit.elements as e on e.object_identity = s.object_identity and e.object_type = s.object_type
left join pggit.blobs as b on b.definition_id = e.definition_id
left join pggit.statements as t on t.transaction_id = s.transaction_id and t.executed_at = s.statement_at
where e.definition_id is distinct from case when not s.gone then s.definition_id end;
comment on view pggit.changes is 'The changes of every commit, and those that belong to no commit yet (commit_id is null)';

create or replace view pggit.tracked_objects as
select e.object_type,
       e.object_identity,
       e.schema_name,
       e.definition_id,
       c.commit_id as last_commit_id
from pggit.elements as e
left join pggit.commits as c on c.commit_number = e.commit_number;
comment on view pggit.tracked_objects is 'What HEAD holds: every tracked element with its definition''s id and the commit that changed it last';
