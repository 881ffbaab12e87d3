-- Seals: a commit's id binds what led to it. Of what no commit binds (yet) each row has a seal, which who makes the row puts beside it:
-- a row that came, went or changed by itself is not what the seals say. A seal is a row of its own, so that nobody waits for another's.

create or replace function pggit.signature_seal(in_row pggit.signature_records)
returns text
language sql
stable
as $$
    select pggit.sha256_hex(jsonb_build_array(
        in_row.signature_id, in_row.object_type, in_row.signature, in_row.signature_hash, in_row.schema_name, in_row.function_name, in_row.argument_types::text,
        in_row.return_type, in_row.is_overloaded, extract(epoch from in_row.dropped_at), extract(epoch from in_row.created_at))::text)
$$;
comment on function pggit.signature_seal(pggit.signature_records) is 'The seal that a function''s signature must have';

create or replace function pggit.version_seal(in_row pggit.version_records)
returns text
language sql
stable
as $$
    select pggit.sha256_hex(jsonb_build_array(
        in_row.version_id, in_row.signature_id, in_row.version, in_row.is_explicit, in_row.impact, pggit.sha256_hex(in_row.source), in_row.source_hash,
        pggit.sha256_hex(in_row.definition::text), in_row.metadata, in_row.is_made_again, in_row.commit_id, in_row.transaction_id::text,
        in_row.deployment_id, extract(epoch from in_row.created_at), in_row.created_by)::text)
$$;
comment on function pggit.version_seal(pggit.version_records) is 'The seal that a version of a function must have';

create or replace function pggit.graft_seal(in_row pggit.grafts)
returns text
language sql
stable
as $$
    select pggit.sha256_hex(jsonb_build_array(
        in_row.commit_id, in_row.parent_id, in_row.changes_id, in_row.changes_count, in_row.notes_id,
        -- of other commits it is the number of their changes
        (select c.changes_count from pggit.commit_records as c where c.commit_id = in_row.commit_id))::text)
$$;
comment on function pggit.graft_seal(pggit.grafts) is 'The seal that a graft must have: what a purge made anew of a commit is not what the commit''s id binds';

create or replace function pggit.sealed_rows(in_sealed text)
returns table (name text, seal_id text)
language sql
stable
as $$
    -- HEAD's branch moves with every commit, and the index says where it is
    select b.branch_name,
           pggit.sha256_hex(concat_ws(
               E'\t', pggit.escape_field(b.branch_name), coalesce(case when b.branch_name <> r.head_branch then b.commit_id end, ''),
               coalesce(case b.parent_branch when '' then '\0' else pggit.escape_field(b.parent_branch) end, ''), extract(epoch from b.created_at), pggit.escape_field(b.created_by)))
    from pggit.branch_records as b
    cross join pggit.repository as r
    where in_sealed = 'branch'
    union all
    select t.tag_name,
           pggit.sha256_hex(concat_ws(E'\t', pggit.escape_field(t.tag_name), t.commit_id, extract(epoch from t.created_at), pggit.escape_field(t.created_by)))
    from pggit.tags as t
    where in_sealed = 'tag'
    union all
    select f.commit_id, pggit.graft_seal(f)
    from pggit.grafts as f
    where in_sealed = 'graft'
    union all
    select a.commit_id,
           pggit.sha256_hex(concat_ws(E'\t', a.commit_id, a.archive_id, extract(epoch from a.archived_at), pggit.escape_field(a.archived_by)))
    from pggit.archived_commits as a
    where in_sealed = 'archived commit'
    union all
    select s.statement_id::text, pggit.sha256_hex(pggit.statement_line(s))
    from pggit.statement_records as s
    where in_sealed = 'statement'
      and s.commit_number is null
    union all
    select s.signature, pggit.signature_seal(s)
    from pggit.signature_records as s
    where in_sealed = 'function signature'
    union all
    select coalesce(s.signature, 'number ' || v.signature_id) || ' ' || v.version, pggit.version_seal(v)
    from pggit.version_records as v
    left join pggit.signature_records as s using (signature_id)
    where in_sealed = 'function version'
$$;
comment on function pggit.sealed_rows(text) is 'The rows of a kind that have seals, with the seal that each must have';

create or replace function pggit.seal(in_sealed text, in_names text[])
returns void
language sql
volatile
as $$
    insert into pggit.seals (sealed, seal_id)
    select in_sealed, r.seal_id
    from pggit.sealed_rows(in_sealed) as r
    where r.name = any (in_names)
    on conflict do nothing
$$;
comment on function pggit.seal(text, text[]) is 'Seals rows that were made';

create or replace function pggit.unseal(in_sealed text, in_names text[])
returns void
language sql
volatile
as $$
    delete from pggit.seals as s
    using pggit.sealed_rows(in_sealed) as r
    where s.sealed = in_sealed
      and s.seal_id = r.seal_id
      and r.name = any (in_names)
$$;
comment on function pggit.unseal(text, text[]) is 'Takes the seals from rows that are about to be changed or removed';

-- For who has the row at hand. What had no seal gets none.
create or replace function pggit.reseal(in_sealed text, in_seal_id text, in_new_seal_id text)
returns void
language sql
volatile
as $$
    update pggit.seals as s
    set seal_id = in_new_seal_id
    where s.sealed = in_sealed
      and s.seal_id = in_seal_id
$$;
comment on function pggit.reseal(text, text, text) is 'Gives the seal of a row that is changed to what it becomes';

create or replace function pggit.change_signature(in_row pggit.signature_records, in_new pggit.signature_records)
returns void
language sql
volatile
as $$
    update pggit.signature_records as s
    set signature = in_new.signature,
        signature_hash = in_new.signature_hash,
        schema_name = in_new.schema_name,
        function_name = in_new.function_name,
        return_type = in_new.return_type,
        dropped_at = in_new.dropped_at
    where s.signature_id = in_row.signature_id;
    select pggit.reseal('function signature', pggit.signature_seal(in_row), pggit.signature_seal(in_new))
$$;
comment on function pggit.change_signature(pggit.signature_records, pggit.signature_records) is 'Changes a function''s signature, with its seal';

create or replace function pggit.move_versions(in_commit_ids text[], in_new_commit_id text, in_definition_ids text[] default null)
returns void
language sql
volatile
as $$
    with was as (
        select v.version_id, pggit.version_seal(v) as seal_id
        from pggit.version_records as v
        where v.commit_id = any (in_commit_ids)
          and (in_definition_ids is null or pggit.sha256_hex(v.definition::text) = any (in_definition_ids))
    ),
    moved as (
        update pggit.version_records as v
        set commit_id = in_new_commit_id
        where v.version_id in (select w.version_id from was as w)
        returning v.version_id, pggit.version_seal(v) as seal_id
    )
    update pggit.seals as s
    set seal_id = m.seal_id
    from was as w
    join moved as m using (version_id)
    where s.sealed = 'function version'
      and s.seal_id = w.seal_id
$$;
comment on function pggit.move_versions(text[], text, text[]) is 'Gives the versions of functions that commits made, or those of some definitions, to the commit that these became';

-- What is not as its seal says, one row for each thing.
create or replace function pggit.broken_seals()
returns table (sealed text, fault text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select k.sealed,
           case
               when f.name is null then format('a %s that was made is not there, or not as it was made (seal %s)', k.sealed, f.seal_id)
               else format('the %s "%s" is not as it was made', k.sealed, f.name)
           end
    from (values ('branch'), ('tag'), ('graft'), ('archived commit'), ('statement'), ('function signature'), ('function version')) as k (sealed)
    cross join lateral (
        select r.name, seal_id
        from pggit.sealed_rows(k.sealed) as r
        full join (select s.seal_id from pggit.seals as s where s.sealed = k.sealed) as s using (seal_id)
        where r.name is null or s.seal_id is null
    ) as f
$$;
comment on function pggit.broken_seals() is 'Branches, tags, grafts, archived commits, functions, their versions and statements without a commit that are not as they were made';

-- Statements that led to no commit, or to one that is no more, are left to the next.
create or replace function pggit.leave_statements(in_commit_numbers bigint[])
returns void
language plpgsql
volatile
as $$
declare
    loose text[];
begin
    with left_ as (
        update pggit.statement_records as s
        set commit_number = null
        where s.commit_number = any (in_commit_numbers)
        returning s.statement_id
    )
    select array_agg(l.statement_id::text) into loose from left_ as l;
    if loose is not null then
        perform pggit.seal('statement', loose);
    end if;
end
$$;
comment on function pggit.leave_statements(bigint[]) is 'Leaves the statements of commits that were not made, or are no more, to the next commit; the caller holds HEAD';

-- Only what has its seal: what somebody slipped in stays without.
create or replace function pggit.bind_statements(in_commit_number bigint)
returns void
language sql
volatile
as $$
    with bound as (
        delete from pggit.seals as s
        using pggit.sealed_rows('statement') as r
        where s.sealed = 'statement'
          and s.seal_id = r.seal_id
        returning r.name
    )
    update pggit.statement_records as s
    set commit_number = in_commit_number
    from bound as b
    where s.statement_id = b.name::bigint
$$;
comment on function pggit.bind_statements(bigint) is 'Binds the statements that no commit binds to a commit; the caller holds HEAD';

-- A commit with all that binds it, for which the caller has said the rest.
create or replace function pggit.insert_commit(in_made pggit.commit_records)
returns text
language plpgsql
volatile
as $$
declare
    made pggit.commit_records := in_made;
begin
    if exists (select from pggit.statement_records as s where s.commit_number is null) then
        perform pggit.bind_statements(made.commit_number);
    end if;
    made.folded_by := pg_current_xact_id();
    made.folded_at := statement_timestamp();
    made.notes_id := pggit.notes_id(made);
    made.commit_id := pggit.commit_hash(made.parent_ids, made.tree_id, made.kind, made.message, made.author, made.authored_at, made.changes_id, made.notes_id);
    insert into pggit.commit_records select made.*;
    return made.commit_id;
end
$$;
comment on function pggit.insert_commit(pggit.commit_records) is 'Stores a commit; gives its id. The caller holds HEAD and has stored the changes';
