-- What the views of the history read: first whatever is staged is folded, if that can be done without waiting, then the tables are read
-- with a snapshot that sees it.

create or replace function pggit.fresh_commits(in_snapshot pg_snapshot)
returns setof pggit.commit_records
language plpgsql
rows 10
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    own xid8;
begin
    perform pggit.settle();
    own := pg_current_xact_id_if_assigned();
    return query
        select c.*
        from pggit.commit_records as c
        where c.folded_by >= pg_snapshot_xmin(in_snapshot)
          and case c.folded_by
                  when own then c.folded_at = statement_timestamp()
                  else not pg_visible_in_snapshot(c.folded_by, in_snapshot)
              end;
end
$$;
comment on function pggit.fresh_commits(pg_snapshot) is 'Folds what is staged; the commits that the snapshot of the query may not show, for they were made since';

create or replace function pggit.fresh_changes(in_snapshot pg_snapshot)
returns table (
    commit_number bigint, commit_id text, sequence int, operation text, object_type text, object_identity text, previous_identity text,
    old_definition jsonb, new_definition jsonb, statement_id bigint)
language plpgsql
rows 10
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    own xid8;
begin
    perform pggit.settle();
    own := pg_current_xact_id_if_assigned();
    return query
        select c.commit_number, c.commit_id, g.sequence, g.operation, g.object_type, g.object_identity, g.previous_identity,
               o.definition, n.definition, g.statement_id
        from pggit.commit_records as c
        join pggit.commit_changes as g on g.commit_number = c.commit_number
        left join pggit.blobs as o on o.definition_id = g.old_definition_id
        left join pggit.blobs as n on n.definition_id = g.new_definition_id
        where c.folded_by >= pg_snapshot_xmin(in_snapshot)
          and case c.folded_by
                  when own then c.folded_at = statement_timestamp()
                  else not pg_visible_in_snapshot(c.folded_by, in_snapshot)
              end;
    return query
        select null::bigint, null::text, row_number() over (order by s.staged_id)::int,
               case when s.gone then 'drop' when e.definition_id is null then 'create' else 'alter' end,
               s.object_type, s.object_identity, null::text, b.definition, case when not s.gone then s.definition end, null::bigint
        from pggit.staged_outcome(array(select distinct c.transaction_id from pggit.staged_changes as c), null) as s
        left join pggit.elements as e on e.object_identity = s.object_identity and e.object_type = s.object_type
        left join pggit.blobs as b on b.definition_id = e.definition_id
        where e.definition_id is distinct from case when not s.gone then s.definition_id end;
end
$$;
comment on function pggit.fresh_changes(pg_snapshot) is 'The changes of the commits that were made since the snapshot of the query, and those that belong to no commit yet';

create or replace function pggit.fresh_statements(in_snapshot pg_snapshot)
returns setof pggit.statement_records
language plpgsql
rows 10
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select s.*
        from pggit.statement_records as s
        where s.commit_number in (select c.commit_number from pggit.fresh_commits(in_snapshot) as c);
    return query
        select s.*
        from pggit.statement_records as s
        where s.commit_number is null;
    return query
        select distinct on (s.transaction_id, s.statement_at)
               null::bigint, s.transaction_id, s.command_tag, (s.sent).statement, (s.sent).session_user_name, (s.sent).role_name,
               (s.sent).application_name, (s.sent).client_address, s.statement_at, (s.sent).event_at - s.statement_at, s.staged_at - (s.sent).event_at, null::bigint
        from pggit.staged_changes as s
        where (s.sent).session_user_name is not null
        order by s.transaction_id, s.statement_at, s.staged_id;
end
$$;
comment on function pggit.fresh_statements(pg_snapshot) is 'The statements of the commits that were made since the snapshot of the query, and those that belong to no commit yet';

create or replace function pggit.settled_branches()
returns setof pggit.branch_records
language plpgsql
rows 10
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query select b.* from pggit.branch_records as b;
end
$$;
comment on function pggit.settled_branches() is 'The branches, after folding what is staged';

create or replace function pggit.settled_objects()
returns table (object_type text, object_identity text, schema_name text, definition_id text, last_commit_id text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select e.object_type, e.object_identity, e.schema_name, e.definition_id, c.commit_id
        from pggit.elements as e
        left join pggit.commit_records as c on c.commit_number = e.commit_number;
end
$$;
comment on function pggit.settled_objects() is 'What HEAD holds, after folding what is staged';

create or replace function pggit.settled_signatures()
returns setof pggit.signature_records
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query select s.* from pggit.signature_records as s;
end
$$;
comment on function pggit.settled_signatures() is 'The signatures of functions, after folding what is staged';

create or replace function pggit.settled_versions()
returns setof pggit.version_records
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query select v.* from pggit.version_records as v;
end
$$;
comment on function pggit.settled_versions() is 'The versions of functions, after folding what is staged';
