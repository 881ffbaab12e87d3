-- What a commit's id binds beside its tree and its changes: where changes stand, what they depend on, the statements behind them, and
-- the branch, the transaction and the deployment.

create or replace function pggit.note_line(in_object_key text, in_position int, in_dependencies text[], in_statement_id bigint)
returns text
language sql
immutable
as $$
    select pggit.escape_field(in_object_key) || E'\t' || coalesce(in_position::text, '') || E'\t'
        || coalesce(pggit.escape_field(in_dependencies::text), '') || E'\t' || coalesce(in_statement_id::text, '') || E'\n'
$$;
comment on function pggit.note_line(text, int, text[], bigint) is 'What a change says beside its definitions, as a line of the text whose SHA-256 binds a commit to it';

-- Times as numbers: how they are printed is a setting.
create or replace function pggit.statement_line(in_statement pggit.statement_records)
returns text
language sql
stable
as $$
    select concat_ws(
        E'\t', in_statement.statement_id, in_statement.transaction_id, pggit.escape_field(in_statement.command_tag),
        coalesce(pggit.escape_field(in_statement.statement), '\0'), pggit.escape_field(in_statement.session_user_name),
        coalesce(pggit.escape_field(in_statement.role_name), '\0'), coalesce(pggit.escape_field(in_statement.application_name), '\0'),
        coalesce(in_statement.client_address::text, '\0'), extract(epoch from in_statement.executed_at),
        coalesce(extract(epoch from in_statement.duration)::text, '\0'), coalesce(extract(epoch from in_statement.tracking_duration)::text, '\0')) || E'\n'
$$;
comment on function pggit.statement_line(pggit.statement_records) is 'A statement with who sent it, as a line of the text whose SHA-256 binds a commit to it';

create or replace function pggit.commit_line(in_commit pggit.commit_records)
returns text
language sql
stable
as $$
    select concat_ws(
        E'\t', pggit.escape_field(in_commit.branch_name), coalesce(in_commit.transaction_id::text, ''), coalesce(in_commit.deployment_id::text, ''),
        in_commit.folded_by, extract(epoch from in_commit.folded_at), coalesce(extract(epoch from in_commit.fold_duration)::text, '')) || E'\n'
$$;
comment on function pggit.commit_line(pggit.commit_records) is 'Where and when a commit was made, as a line of the text whose SHA-256 binds it';

create or replace function pggit.notes_id(in_commit pggit.commit_records)
returns text
language plpgsql
stable
as $$
declare
    changes text;
    statements text;
begin
    select string_agg(pggit.note_line(g.object_key, g.position, g.dependencies, g.statement_id), '' order by g.sequence)
    into changes
    from pggit.commit_changes as g
    where g.commit_number = in_commit.commit_number;
    select string_agg(pggit.statement_line(s), '' order by s.statement_id)
    into statements
    from pggit.statement_records as s
    where s.commit_number = in_commit.commit_number;
    return pggit.sha256_hex(pggit.commit_line(in_commit) || coalesce(changes, '') || coalesce(statements, ''));
end
$$;
comment on function pggit.notes_id(pggit.commit_records) is 'SHA-256 of what a commit''s changes say beside their definitions, and of the statements that it binds';

create or replace function pggit.archive_line(in_object pggit.archived_objects)
returns text
language sql
stable
as $$
    select concat_ws(
        E'\t', in_object.sequence, in_object.operation, pggit.escape_field(in_object.object_type), pggit.escape_field(in_object.object_identity),
        coalesce(pggit.escape_field(in_object.previous_identity), '\0'), coalesce(pggit.escape_field(in_object.old_definition::text), '\0'),
        coalesce(pggit.escape_field(in_object.new_definition::text), '\0'), coalesce(pggit.escape_field(in_object.statement), '\0')) || E'\n'
$$;
comment on function pggit.archive_line(pggit.archived_objects) is 'A row of the archive, as a line of the text whose SHA-256 binds it to its commit';

create or replace function pggit.archive_id(in_commit_id text, in_commit_number bigint, in_branch_name text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select pggit.sha256_hex(in_commit_number || E'\t' || pggit.escape_field(in_branch_name) || E'\n'
                            || coalesce(string_agg(pggit.archive_line(o), '' order by o.sequence), ''))
    from pggit.archived_objects as o
    where o.commit_id = in_commit_id
$$;
comment on function pggit.archive_id(text, bigint, text) is 'SHA-256 of what the archive holds of a commit';

-- What every commit's notes are now, all at once.
create or replace function pggit.notes_of_all()
returns table (commit_number bigint, notes_id text)
language sql
stable
as $$
    with changes as (
        select g.commit_number, string_agg(pggit.note_line(g.object_key, g.position, g.dependencies, g.statement_id), '' order by g.sequence) as lines
        from pggit.commit_changes as g
        group by g.commit_number
    ),
    statements as (
        select s.commit_number, string_agg(pggit.statement_line(s), '' order by s.statement_id) as lines
        from pggit.statement_records as s
        group by s.commit_number
    )
    select c.commit_number, pggit.sha256_hex(pggit.commit_line(c) || coalesce(g.lines, '') || coalesce(s.lines, ''))
    from pggit.commit_records as c
    left join changes as g on g.commit_number = c.commit_number
    left join statements as s on s.commit_number = c.commit_number
$$;
comment on function pggit.notes_of_all() is 'SHA-256 of the notes of every commit, as they are';
