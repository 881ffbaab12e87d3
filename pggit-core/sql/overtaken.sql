-- Transactions beside each other. Each has read what it changed without what the other did: one renames what the other's depends on. Who
-- folds reads again what that has made stale.

-- What transactions have renamed: what is gone under one name is there under another.
create or replace function pggit.renamed_elements(in_transactions xid8[])
returns setof pggit.staged_changes
language sql
stable
as $$
    select (a.element).*
    from (
        select g as element,
               min(case when not g.gone then g.object_identity end) over same_address as some_identity,
               max(case when not g.gone then g.object_identity end) over same_address as other_identity
        from pggit.staged_changes as g
        where g.transaction_id = any (in_transactions)
        window same_address as (partition by g.transaction_id, g.root_objid, g.root_classid, g.objid, g.classid, g.objsubid)
    ) as a
    where (a.element).gone
      and (a.element).object_identity <> any (array[a.some_identity, a.other_identity])
$$;
comment on function pggit.renamed_elements(xid8[]) is 'What transactions have renamed, under the names it had before';

create or replace function pggit.renamed_addresses(in_transactions xid8[])
returns table (transaction_id xid8, origin text, command_tag text, statement_at timestamptz, addresses jsonb)
language sql
stable
as $$
    select g.transaction_id, min(g.origin), max(g.command_tag), max(g.statement_at), jsonb_agg(distinct jsonb_build_array(g.classid::bigint, g.objid::bigint, g.objsubid))
    from pggit.renamed_elements(in_transactions) as g
    group by g.transaction_id
$$;
comment on function pggit.renamed_addresses(xid8[]) is 'What transactions have renamed, by its address';

-- What was made meanwhile of what a transaction renamed, which it did not see. Of those that came to commits first.
create or replace function pggit.left_behind(in_transactions xid8[])
returns table (transaction_id xid8, origin text, root_classid oid, root_objid oid, command_tag text, statement_at timestamptz)
language sql
stable
as $$
    select r.transaction_id, r.origin, d.classid as root_classid, d.objid as root_objid, r.command_tag, r.statement_at
    from pggit.renamed_addresses(in_transactions) as r
    cross join lateral (
        select (e.value ->> 0)::oid as classid, (e.value ->> 1)::oid as objid
        from pggit.dependent_roots(r.addresses) as n (roots)
        cross join lateral jsonb_array_elements(n.roots || pggit.with_privileges(n.roots)) as e
        offset 0
    ) as d
    where exists (select from pggit.elements as e where e.root_objid = d.objid and e.root_classid = d.classid)
      and not exists (
          select from pggit.staged_changes as s
          where s.transaction_id = r.transaction_id
            and s.root_objid = d.objid
            and s.root_classid = d.classid)
    union
    -- a part of what has another name: whoever sees it says what became of it
    select g.transaction_id, g.origin, g.root_classid, g.root_objid, g.command_tag, g.statement_at
    from pggit.renamed_elements(in_transactions) as g
    where g.objid = g.root_objid
      and g.classid = g.root_classid
      and g.objsubid = 0
      and exists (
          select from pggit.elements as e
          where e.root_objid = g.root_objid
            and e.root_classid = g.root_classid
            and e.object_key = g.object_type || ' ' || g.object_identity
            and (e.object_type, e.object_identity) not in (
                select s.object_type, s.object_identity
                from pggit.staged_changes as s
                where s.transaction_id = any (in_transactions)))
$$;
comment on function pggit.left_behind(xid8[]) is 'The objects in HEAD that depend on what transactions renamed, and that these did not see';

-- A name in the dependencies on record that nothing has any more; of the kinds that PostgreSQL lets one rename while another uses it, and
-- of all that is in a schema, which it lets one rename too. Nothing is asked that would lock what has the name.
create or replace function pggit.names_nothing(in_key text)
returns boolean
language plpgsql
stable
as $$
declare
    name constant text := substr(in_key, position(' ' in in_key) + 1);
    qualified constant text[] := regexp_match(
        in_key,
        '^(?:((?:materialized view|foreign table|table|view|index|composite type)(?: column)?)|operator (?:class|family)|text search (?:dictionary|parser|template)) (.+)$');
    names text[];
begin
    if qualified is not null then
        names := parse_ident(qualified[2], false);
        return case
            when qualified[1] is null then to_regnamespace(quote_ident(names[1])) is null
            when to_regclass(quote_ident(names[1]) || '.' || quote_ident(names[2])) is null then true
            when qualified[1] <> 'composite type column' then false
            else not exists (
                select from pg_attribute as a
                where a.attrelid = to_regclass(quote_ident(names[1]) || '.' || quote_ident(names[2])) and a.attname = names[3])
        end
        or in_key like 'text search dictionary %' and not exists (
            select from pg_ts_dict as d
            join pg_namespace as n on n.oid = d.dictnamespace
            where d.dictname = names[2] and n.nspname = names[1]);
    end if;
    return case split_part(in_key, ' ', 1)
        when 'type' then to_regtype(name) is null
        when 'schema' then to_regnamespace(name) is null
        when 'sequence' then name not like 'column %' and to_regclass(name) is null
        when 'collation' then to_regcollation(name) is null
        when 'function' then name not like 'of access method %' and to_regprocedure(name) is null
        when 'procedure' then to_regprocedure(name) is null
        when 'operator' then name not like 'of access method %' and to_regoperator(name) is null
        when 'text' then not exists (
            select from pg_ts_config as c
            join pg_namespace as n on n.oid = c.cfgnamespace
            where 'search configuration ' || quote_ident(n.nspname) || '.' || quote_ident(c.cfgname) = name)
        when 'server' then not exists (select from pg_foreign_server as s where quote_ident(s.srvname) = name)
        when 'foreign-data' then not exists (select from pg_foreign_data_wrapper as w where 'wrapper ' || quote_ident(w.fdwname) = name)
        when 'language' then not exists (select from pg_language as l where quote_ident(l.lanname) = name)
        else false
    end;
exception
    -- a type without a definition, or one among the arguments that has another name
    when undefined_object or undefined_function or invalid_schema_name then
        return true;
    -- and what PostgreSQL does not take for a name is none that it has given up: no commit must fail for it
    when others then
        return false;
end
$$;
comment on function pggit.names_nothing(text) is 'Whether an object that something depends on has another name by now';

-- What HEAD still has under its name is renamed by a commit to come, which takes along what depends on it by then.
create or replace function pggit.lost_names(in_transactions xid8[])
returns text[]
language sql
stable
as $$
    select array(
        select n.key
        from (
            select 'schema ' || quote_ident(s.schema_name)
            from pggit.staged_changes as s
            where s.transaction_id = any (in_transactions) and not s.gone and s.schema_name is not null
            union
            select d.key
            from pggit.staged_changes as s
            cross join unnest(s.dependencies) as d (key)
            where s.transaction_id = any (in_transactions) and not s.gone
            offset 0
        ) as n (key)
        where pggit.names_nothing(n.key)
          and not exists (
              select from pggit.elements as e
              join pggit.staged_changes as s using (root_classid, root_objid)
              where e.object_key = n.key
                and s.transaction_id <> all (in_transactions)))
$$;
comment on function pggit.lost_names(xid8[]) is 'The names by which transactions know a schema or what they depend on, and which nothing has by now';

-- Two open transactions can change one object: one renames what the other's depends on. Each has read it without what the other did.
create or replace function pggit.overtaken_roots(in_transactions xid8[])
returns table (transaction_id xid8, root_classid oid, root_objid oid)
language sql
stable
as $$
    select distinct o.transaction_id, o.root_classid, o.root_objid
    from (
        select s.transaction_id, s.root_classid, s.root_objid, s.object_type, s.object_identity, s.known_definition_id,
               row_number() over same_element as place,
               lag(case when not s.gone then s.definition_id end) over same_element as previous_id
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
        window same_element as (partition by s.object_type, s.object_identity order by s.staged_id)
    ) as o
    left join pggit.elements as e on o.place = 1 and e.object_identity = o.object_identity and e.object_type = o.object_type
    where o.known_definition_id is not null
      and o.known_definition_id <> coalesce(case o.place when 1 then e.definition_id else o.previous_id end, '')
    union
    -- its schema, or what it needs, has another name by now, and nobody has said since what became of it
    select o.transaction_id, o.root_classid, o.root_objid
    from pggit.lost_names(in_transactions) as l (names)
    cross join lateral (
        select i.*,
               max(i.staged_id) over (partition by i.root_objid, i.root_classid, i.object_type, i.object_identity) as last_id,
               -- the object went with its parts, and is not there under another name
               max(case when i.is_root and i.gone and not i.is_there then i.staged_id end) over (partition by i.root_objid, i.root_classid, i.object_key) as gone_id
        from (
            select x.*, r.is_root, bool_or(r.is_root and not x.gone) over (partition by x.root_objid, x.root_classid, x.transaction_id) as is_there
            from pggit.staged_changes as x
            cross join lateral (select x.objid = x.root_objid and x.classid = x.root_classid and x.objsubid = 0 as is_root) as r
            where x.root_objid = any (array(
                select distinct s.root_objid
                from pggit.staged_changes as s
                where s.transaction_id = any (in_transactions)
                  and not s.gone
                  and ('schema ' || quote_ident(s.schema_name) = any (l.names) or s.dependencies && l.names)))
        ) as i
    ) as o
    where o.transaction_id = any (in_transactions)
      and not o.gone
      and o.staged_id = o.last_id
      and coalesce(o.gone_id < o.staged_id, true)
      and ('schema ' || quote_ident(o.schema_name) = any (l.names) or o.dependencies && l.names)
    union
    select l.transaction_id, l.root_classid, l.root_objid
    from pggit.left_behind(in_transactions) as l
$$;
comment on function pggit.overtaken_roots(xid8[]) is 'The objects that transactions have staged and that somebody else changed in between, by what was known of them then and what HEAD has now';

create or replace function pggit.read_overtaken(in_transactions xid8[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    overtaken constant jsonb := (
        select jsonb_object_agg(o.transaction_id, o.roots)
        from (
            select r.transaction_id, jsonb_agg(jsonb_build_array(r.root_classid::bigint, r.root_objid::bigint)) as roots
            from pggit.overtaken_roots(in_transactions) as r
            group by r.transaction_id
        ) as o);
begin
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, statement_at, read_again)
    select l.transaction_id, l.origin, true, 'unseen', l.root_classid || ' ' || l.root_objid, 'unseen ' || l.root_classid || ' ' || l.root_objid,
           l.root_classid, l.root_objid, 0, l.root_classid, l.root_objid, l.command_tag, l.statement_at, true
    from pggit.left_behind(in_transactions) as l;
    perform pggit.try_read_again(o.key::xid8, false, o.value)
    from jsonb_each(overtaken) as o;
end
$$;
comment on function pggit.read_overtaken(xid8[]) is 'Reads again what transactions have staged and somebody else changed in between';

-- What a transaction made is read again under the name that another gave it. It has not made it twice.
create or replace function pggit.leave_first_names(in_transaction_id xid8)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, command_tag, statement_at)
    select s.transaction_id, s.origin, true, s.object_type, s.object_identity, s.object_key, s.classid, s.objid, s.objsubid,
           s.root_classid, s.root_objid, s.command_tag, s.statement_at
    from (
        select t.*,
               last_value(t.object_identity) over (
                   partition by t.object_type, t.classid, t.objid, t.objsubid
                   order by t.staged_id
                   rows between unbounded preceding and unbounded following) as last_identity
        from (
            select distinct on (l.object_type, l.classid, l.objid, l.objsubid, l.object_identity) l.*
            from pggit.staged_changes as l
            where l.transaction_id = in_transaction_id
            order by l.object_type, l.classid, l.objid, l.objsubid, l.object_identity, l.staged_id desc
        ) as t
        where not t.gone
    ) as s
    where s.object_identity <> s.last_identity
$$;
comment on function pggit.leave_first_names(xid8) is 'Says of what a transaction staged under two names that the first is gone';

-- Whoever renamed something may come to a commit before this, which had seen the old name, or has it from an old snapshot. Then HEAD has the
-- new one already, and it is not gone with the old. Staged before all others: what any of them says of it is newer.
create or replace function pggit.restage_standing(in_transaction_id xid8, in_roots jsonb)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        transaction_id, staged_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
    select g.transaction_id, 0, g.origin, false, e.object_type, e.object_identity, e.schema_name, e.object_key, e.classid, e.objid, e.objsubid,
           e.root_classid, e.root_objid, e.position, e.definition_id, b.definition, e.dependencies, g.command_tag, g.statement_at
    from (
        select distinct on (s.root_classid, s.root_objid) s.*
        from pggit.staged_changes as s
        where s.transaction_id = in_transaction_id
          and s.gone
          and s.object_type <> 'unseen'
          and in_roots ? (s.root_classid || ' ' || s.root_objid)
    ) as g
    join pggit.elements as e on e.root_objid = g.root_objid and e.root_classid = g.root_classid
    join pggit.blobs as b on b.definition_id = e.definition_id
    where (e.object_type, e.object_identity) not in (
              select s.object_type, s.object_identity
              from pggit.staged_changes as s
              where s.transaction_id = in_transaction_id)
      and e.object_key not in (
              select s.object_type || ' ' || s.object_identity
              from pggit.staged_changes as s
              where s.transaction_id = in_transaction_id and s.gone)
$$;
comment on function pggit.restage_standing(xid8, jsonb) is 'Says of the elements that HEAD has of objects which a transaction read again that they are there still';
