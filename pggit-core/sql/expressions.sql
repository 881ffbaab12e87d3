-- One text for expressions that mean the same. PostgreSQL prints x in ('a', 'b') over varchar as
-- (ARRAY['a'::character varying, ...])::text[]; read back, that text prints as ARRAY[('a'::character varying)::text, ...].
-- pgGit records the first of these for both, so that a dump and restore changes no definition.

create or replace function pggit.settled(in_sql text)
returns text
language plpgsql
immutable parallel safe
as $$
declare
    literal constant text := 'E?''(?:[^'']|'''')*''';
    found text[];
    settled text := '';
    rest text := in_sql;
    place int;
begin
    if in_sql is null or position('ARRAY[(' in in_sql) = 0 then
        return in_sql;
    end if;
    loop
        found := regexp_match(rest, format('ARRAY\[(\(%1$s::([a-z_ ."]+)\)::([a-z ]+)(?:, \(%1$s::\2\)::\3)*)\]', literal));
        exit when found is null;
        place := position('ARRAY[' || found[1] || ']' in rest);
        settled := settled || left(rest, place - 1)
                   || '(ARRAY[' || regexp_replace(found[1], format('\((%s::[a-z_ ."]+)\)::[a-z ]+', literal), '\1', 'g') || '])::' || found[3] || '[]';
        rest := substr(rest, place + length(found[1]) + 7);
    end loop;
    return settled || rest;
end
$$;
comment on function pggit.settled(text) is 'An expression as PostgreSQL printed it, in the one text that pgGit records for all that mean the same';

-- PostgreSQL moves the cast of an array to its items; a cast of its own for the inner array keeps it where it stood.
create or replace function pggit.unsettled(in_sql text)
returns text
language sql
immutable parallel safe
as $$
    select case
               when position('(ARRAY[' in in_sql) > 0
                   then regexp_replace(in_sql, '\((ARRAY\[E?''(?:[^'']|'''')*''::([a-z_ ."]+)(?:, E?''(?:[^'']|'''')*''::\2)*\])\)::([a-z ]+\[\])', '((\1)::\2[])::\3', 'g')
               else in_sql
           end
$$;
comment on function pggit.unsettled(text) is 'A recorded expression as a statement has to write it, so that PostgreSQL prints it as it was';

-- Options and privileges have no order: they are kept in one. A function, because a subquery costs at every reading of a catalog what
-- few objects have.
create or replace function pggit.sorted(in_items text[])
returns jsonb
language plpgsql
immutable strict parallel safe
as $$
begin
    return (select jsonb_agg(i.item order by i.item collate "C") from unnest(in_items) as i (item));
end
$$;
comment on function pggit.sorted(text[]) is 'The items of an array in the order of their bytes, as JSON; null where there are none';

create or replace function pggit.identity_sequence(in_table oid, in_column smallint)
returns jsonb
language plpgsql
stable
as $$
begin
    return (
        select jsonb_strip_nulls(jsonb_build_object(
                   'name', quote_ident(s.relname),
                   'start', q.seqstart, 'increment', q.seqincrement, 'min', q.seqmin, 'max', q.seqmax, 'cache', q.seqcache,
                   'cycle', nullif(q.seqcycle, false),
                   'unlogged', nullif(s.relpersistence = 'u', c.relpersistence = 'u')))
        from pg_depend as d
        join pg_class as s on s.oid = d.objid
        join pg_sequence as q on q.seqrelid = s.oid
        join pg_class as c on c.oid = in_table
        where d.refclassid = 'pg_catalog.pg_class'::regclass
          and d.refobjid = in_table
          and d.refobjsubid = in_column
          and d.classid = 'pg_catalog.pg_class'::regclass
          and d.deptype = 'i');
end
$$;
comment on function pggit.identity_sequence(oid, smallint) is 'The sequence behind an identity column, which is a property of the column';

create or replace function pggit.parents(in_table oid)
returns jsonb
language plpgsql
stable
as $$
begin
    return (
        select jsonb_agg(quote_ident(n.nspname) || '.' || quote_ident(p.relname) order by i.inhseqno)
        from pg_inherits as i
        join pg_class as p on p.oid = i.inhparent
        join pg_namespace as n on n.oid = p.relnamespace
        where i.inhrelid = in_table);
end
$$;
comment on function pggit.parents(oid) is 'The tables that a table is a child or a partition of, in their order';

create or replace function pggit.marked_index(in_table oid, in_for_replication boolean)
returns text
language plpgsql
stable
as $$
begin
    return (
        select quote_ident(x.relname)
        from pg_index as i
        join pg_class as x on x.oid = i.indexrelid
        where i.indrelid = in_table
          and case when in_for_replication then i.indisreplident else i.indisclustered end);
end
$$;
comment on function pggit.marked_index(oid, boolean) is 'The index of a table that replication identifies rows by, or that it is clustered on';
