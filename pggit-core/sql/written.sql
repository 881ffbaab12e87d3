-- The roots behind commands that name no object (GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, DROP OWNED): the catalog rows that this
-- transaction wrote. A visible row with a transaction id not older than ours is our own or was committed since: a superset that costs a scan.
create or replace function pggit.roots_written(in_object_type text)
returns table (root_classid oid, root_objid oid, written cid)
language plpgsql
stable
set enable_seqscan = on
as $$
declare
    own_age int := age(pg_current_xact_id()::xid);
begin
    if in_object_type in ('TABLE', 'SEQUENCE', 'ALL') then
        return query
            -- the sequence of an identity column is a property of the column
            select 'pg_class'::regclass::oid, coalesce(d.refobjid, c.oid), c.cmin
            from pg_class as c
            left join pg_depend as d on c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
                                    and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
            where age(c.xmin) <= own_age and c.relkind not in ('i', 'I', 't', 'c')
            union all
            select 'pg_class'::regclass::oid, coalesce(d.refobjid, a.attrelid), a.cmin
            from pg_attribute as a
            join pg_class as c on c.oid = a.attrelid
            left join pg_depend as d on c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
                                    and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
            where age(a.xmin) <= own_age
              and not a.attisdropped
              and c.relkind not in ('i', 'I', 't', 'c');
    end if;
    if in_object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE', 'ALL') then
        return query
            select 'pg_proc'::regclass::oid, p.oid, p.cmin from pg_proc as p where age(p.xmin) <= own_age;
    end if;
    if in_object_type in ('SCHEMA', 'ALL') then
        return query
            select 'pg_namespace'::regclass::oid, n.oid, n.cmin from pg_namespace as n where age(n.xmin) <= own_age;
    end if;
    if in_object_type in ('FOREIGN SERVER', 'ALL') then
        return query
            select 'pg_foreign_server'::regclass::oid, s.oid, s.cmin from pg_foreign_server as s where age(s.xmin) <= own_age;
    end if;
    if in_object_type in ('FOREIGN DATA WRAPPER', 'ALL') then
        return query
            select 'pg_foreign_data_wrapper'::regclass::oid, w.oid, w.cmin from pg_foreign_data_wrapper as w where age(w.xmin) <= own_age;
    end if;
    if in_object_type in ('LANGUAGE', 'ALL') then
        return query
            select 'pg_language'::regclass::oid, l.oid, l.cmin from pg_language as l where age(l.xmin) <= own_age;
    end if;
    if in_object_type in ('TYPE', 'DOMAIN', 'ALL') then
        return query
            select 'pg_type'::regclass::oid, t.oid, t.cmin from pg_type as t where age(t.xmin) <= own_age;
    end if;
    if in_object_type in ('DEFAULT PRIVILEGES', 'ALL') then
        return query
            select 'pg_default_acl'::regclass::oid, a.oid, a.cmin from pg_default_acl as a where age(a.xmin) <= own_age;
    end if;
    if in_object_type = 'ALL' then
        return query
            select 'pg_class'::regclass::oid, p.polrelid, p.cmin from pg_policy as p where age(p.xmin) <= own_age;
    end if;
end
$$;
comment on function pggit.roots_written(text) is 'The objects whose catalog rows this transaction has written, for commands that name no object; with each, when it was';

-- A GRANT or REVOKE that a client sends names its objects: whatever words stand in the text, these are among them. Null where the text
-- may not name them: it says ALL ... IN SCHEMA, or is long, or cannot be told apart into words for sure.
create or replace function pggit.words_sent(in_sql text)
returns name[]
language sql
stable
as $$
    select case
               when in_sql is null or length(in_sql) > 2000 or in_sql ~ '[^\x01-\x7f]' or lower(in_sql collate "C") ~ '\yin\y.*\yschema\y' then null
               -- a quote in a comment or a string would turn names inside out
               when position('"' in in_sql) > 0 and in_sql ~ '[''$\\]|--|/\*|&"' then null
               else array(
                   select distinct coalesce(replace(m.match[1], '""', '"'), lower(m.match[2] collate "C"))::name
                   from regexp_matches(in_sql, '"((?:[^"]|"")*)"|([A-Za-z_][A-Za-z0-9_$]*)', 'g') as m (match))
           end
$$;
comment on function pggit.words_sent(text) is 'The words of a statement, among which are the names of all objects that it names; null where it may name them otherwise';

-- The statement that a function or a block carries out, as the lines that PostgreSQL gives of what was called by whom have it: the first is
-- of the function that asks, the second has it. Null where they do not tell (of an SQL function, in another language), or where the end of
-- it cannot be told for sure.
create or replace function pggit.statement_within(in_context text)
returns text
language sql
immutable
as $$
    select case
               when s.statement !~ '[''$\\]|--|/\*'
                    and (length(s.statement) - length(replace(s.statement, '"', ''))) % 2 = 0
                    and substr(c.lines, length('SQL statement "') + length(s.statement) + 3) ~ '^(PL/pgSQL function |SQL function |SQL statement |$)'
                   then s.statement
           end
    from (select substr(in_context, strpos(in_context, e'\n') + 1) || e'\n' as lines) as c
    cross join lateral (select split_part(substr(c.lines, length('SQL statement "') + 1), e'"\n', 1) as statement) as s
    where c.lines like 'SQL statement "%'
$$;
comment on function pggit.statement_within(text) is 'The statement of the innermost call in a context of errors, if it can be told';

-- The same without a scan, where the names of the objects are among these words. Types have other names beside those in their catalog.
create or replace function pggit.roots_written_by_name(in_object_type text, in_words name[])
returns table (root_classid oid, root_objid oid)
language sql
stable
as $$
    select 'pg_class'::regclass::oid, coalesce(d.refobjid, c.oid)
    from pg_class as c
    left join pg_depend as d on c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
                            and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
    where in_object_type in ('TABLE', 'SEQUENCE')
      and c.relname = any (in_words)
      and c.relkind not in ('i', 'I', 't', 'c')
      and (age(c.xmin) <= age(pg_current_xact_id()::xid)
           or exists (select from pg_attribute as a where a.attrelid = c.oid and age(a.xmin) <= age(pg_current_xact_id()::xid)))
    union all
    select 'pg_proc'::regclass, p.oid
    from pg_proc as p
    where in_object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE')
      and p.proname = any (in_words)
      and age(p.xmin) <= age(pg_current_xact_id()::xid)
$$;
comment on function pggit.roots_written_by_name(text, name[]) is 'The objects with one of these names whose catalog rows this transaction has written';

-- A transaction that grants on one table after another must not read all of them each time: what was written before the last look has been
-- looked at.
create or replace function pggit.roots_written_since(in_object_type text, in_words name[] default null, in_looks_for text default null)
returns table (root_classid oid, root_objid oid)
language plpgsql
as $$
declare
    looked_at bigint;
begin
    if in_words is not null then
        return query select w.root_classid, w.root_objid from pggit.roots_written_by_name(in_object_type, in_words) as w;
        return;
    end if;
    looked_at := (
        select max(l.cmin::text::bigint)
        from pggit.looks as l
        where l.transaction_id = pg_current_xact_id()
          and l.looks_for = coalesce(in_looks_for, in_object_type)
          -- what a dump brought here is of another server's transaction
          and age(l.xmin) <= age(pg_current_xact_id()::xid));
    return query
        select distinct w.root_classid, w.root_objid
        from pggit.roots_written(in_object_type) as w
        where looked_at is null or w.written::text::bigint > looked_at;
    insert into pggit.looks (looks_for) values (coalesce(in_looks_for, in_object_type));
end
$$;
comment on function pggit.roots_written_since(text, name[], text) is 'The objects whose catalog rows this transaction has written since it last looked for the same';

create or replace function pggit.leave_roots(in_roots jsonb, in_reason text, in_command_tag text, in_sent pggit.sent_statement)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, definition, command_tag, read_again, sent)
    values (true, 'unseen', in_reason, 'unseen ' || in_reason, 0, 0, 0, 0, 0, in_roots, in_command_tag, true, pggit.with_statement(in_sent))
$$;
comment on function pggit.leave_roots(jsonb, text, text, pggit.sent_statement) is 'Notes objects that whoever folds has to read';

-- A SERIALIZABLE transaction cannot know what it has looked at: to read beside the rows of others could make it fail. It notes what it has
-- written so far, and whoever folds reads each of these once.
create or replace function pggit.leave_written(in_object_type text, in_command_tag text, in_sent pggit.sent_statement)
returns void
language plpgsql
as $$
declare
    roots jsonb := (
        select jsonb_agg(distinct jsonb_build_array(w.root_classid::bigint, w.root_objid::bigint))
        from pggit.roots_written(in_object_type) as w);
begin
    if roots is null then
        return;
    end if;
    if not (select pggit.is_home(r.home) from pggit.repository as r) then
        perform pggit.refuse_foreign_index();
    end if;
    if in_command_tag in ('GRANT', 'REVOKE') then
        roots := pggit.with_privileges(roots);
    end if;
    perform pggit.leave_roots(roots, 'written ' || in_object_type, in_command_tag, in_sent);
end
$$;
comment on function pggit.leave_written(text, text, pggit.sent_statement) is 'Notes which objects this transaction has written, for a command that names none';

create or replace function pggit.roots_left(in_transaction_id xid8)
returns table (root_classid oid, root_objid oid, command_tag text, statement_at timestamptz, origin text)
language sql
stable
as $$
    select (r.value ->> 0)::oid, (r.value ->> 1)::oid, (array_agg(s.command_tag order by s.staged_id))[1], min(s.statement_at), min(s.origin)
    from pggit.staged_changes as s
    cross join lateral jsonb_array_elements(s.definition) as r
    where s.transaction_id = in_transaction_id
      and s.object_type = 'unseen'
      and s.root_classid = 0
    group by 1, 2
$$;
comment on function pggit.roots_left(xid8) is 'What a transaction noted that it wrote, each with the first command after which it did';
