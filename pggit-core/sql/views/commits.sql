-- The history as tables to query. Whoever reads it folds first what is left staged; a query's snapshot is older than the commits that it
-- makes so itself, or that another makes meanwhile, and fresh_commits() adds them.

create or replace view pggit.commits as
select c.commit_id, c.commit_number, c.parent_ids, c.tree_id, c.kind, c.message, c.author, c.authored_at, c.changes_id, c.changes_count,
       c.branch_name, c.transaction_id, c.deployment_id, c.fold_duration
from pggit.commit_records as c
union all
select f.commit_id, f.commit_number, f.parent_ids, f.tree_id, f.kind, f.message, f.author, f.authored_at, f.changes_id, f.changes_count,
       f.branch_name, f.transaction_id, f.deployment_id, f.fold_duration
from pggit.fresh_commits(pg_catalog.pg_current_snapshot()) as f
where not exists (
    select from pggit.commit_records as c
    where c.commit_number = f.commit_number
);
comment on view pggit.commits is 'The commits: a tree, its parents, who, when and why; the id is the SHA-256 of all of that';
comment on column pggit.commits.changes_id is 'SHA-256 of the commit''s changes in order: binds them to the commit''s id';
comment on column pggit.commits.commit_number is 'The order in which this database came to know the commits; not part of their identity';

create or replace view pggit.branches as
select b.branch_name, b.commit_id, b.parent_branch, b.created_at, b.created_by
from pggit.settled_branches() as b;
comment on view pggit.branches is 'The branches: names for commits, moved by every commit made on them';

create or replace view pggit.changes as
select c.commit_id, g.sequence, g.operation, g.object_type, g.object_identity, g.previous_identity,
       o.definition as old_definition, n.definition as new_definition, g.statement_id
from pggit.commit_changes as g
join pggit.commit_records as c on c.commit_number = g.commit_number
left join pggit.blobs as o on o.definition_id = g.old_definition_id
left join pggit.blobs as n on n.definition_id = g.new_definition_id
union all
select f.commit_id, f.sequence, f.operation, f.object_type, f.object_identity, f.previous_identity, f.old_definition, f.new_definition, f.statement_id
from pggit.fresh_changes(pg_catalog.pg_current_snapshot()) as f
where f.commit_number is null
   or not exists (
          select from pggit.commit_records as c
          where c.commit_number = f.commit_number
      );
comment on view pggit.changes is 'The changes of every commit, and those that belong to no commit yet (commit_id is null)';

create or replace view pggit.statements as
select s.*
from pggit.statement_records as s
where s.commit_number is not null
union all
select f.*
from pggit.fresh_statements(pg_catalog.pg_current_snapshot()) as f
where f.statement_id is null
   or not exists (
          select from pggit.statement_records as s
          where s.statement_id = f.statement_id
            and s.commit_number is not null
      );
comment on view pggit.statements is 'The statements as clients sent them, each once, with who sent it, from where, and in which transaction; secrets are taken out';
comment on column pggit.statements.commit_number is 'The number of the commit that binds the statement: the one that it led to, or the next that was made; null until then';
comment on column pggit.statements.statement_id is 'Given by the commit that holds what the statement changed; null before';

create or replace view pggit.tracked_objects as
select t.object_type, t.object_identity, t.schema_name, t.definition_id, t.last_commit_id
from pggit.settled_objects() as t;
comment on view pggit.tracked_objects is 'What HEAD holds: every tracked element with its definition''s id and the commit that changed it last';
