-- One history over all migration tools.

create or replace view pggit.migration_history as
select m.tool_name,
       m.migration_id,
       m.migration_key,
       m.migration_name,
       m.checksum,
       m.applied_at,
       m.applied_by,
       case when m.recorded_by = 'call' then m.applied_at - m.started_at end as execution_time,
       m.success,
       m.error_message,
       c.commit_id,
       c.message as commit_message,
       c.tree_id as tree_hash,
       c.changes_count as objects_changed,
       l.link
from pggit.external_migrations as m
left join lateral (
    select k.commit_id, k.link
    from pggit.migration_commits(m.tool_name, m.migration_id) as k
    join pggit.commits as n using (commit_id)
    order by n.commit_number desc
    limit 1
) as l on true
left join pggit.commits as c on c.commit_id = l.commit_id;
comment on view pggit.migration_history is 'The migrations of all tools, each with the last of its commits; link says how that is known: transaction, time or explicit';
