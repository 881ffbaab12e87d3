-- What the short ways read of the catalogs: one scan each, that of the object's own row, with everything else as subqueries of that scan.
-- A join instead would set up a layer for each table that it looks into, with all columns of it, which costs more than the look; OFFSET 0
-- keeps the planner from making one. The functions are inlined where they are used (functions of one value with a subquery would not
-- be), and hide the subqueries from PostgreSQL's search for the tables of a kept query, each time it is used.

-- A table that was just created. Its keys are counted, and its constraints besides what belongs to columns; the key's indexes are all that it may have.
create or replace function pggit.read_new_table(in_relation oid)
returns table (definition jsonb, columns int, constraints bigint[], indexes bigint)
language sql
stable
as $$
    select pggit.plain_table(c), c.relnatts::int,
           (
               select array[
                   count(*) filter (where k.contype in ('p', 'u', 'x')),
                   count(*) filter (where k.contype <> 'n' or not pggit.belongs_to_column(k, c.relname))]
               from pg_catalog.pg_constraint as k
               where k.conrelid = in_relation
           ),
           (select count(*) from pg_catalog.pg_index as x where x.indrelid = in_relation)
    from pg_catalog.pg_class as c
    where c.oid = in_relation
      and pggit.is_plain_table(c)
      and not exists (select from pg_catalog.pg_inherits as i where i.inhrelid = in_relation)
      and not exists (select from pg_catalog.pg_class as t where t.oid = c.reltoastrelid and t.reloptions is not null offset 0)
      and not exists (
          select from pg_catalog.pg_description as d
          where d.objoid in (in_relation, c.relnamespace)
            and (d.classoid = 'pg_catalog.pg_class'::regclass or d.description like '%@pggit%')
          offset 0
      )
$$;
comment on function pggit.read_new_table(oid) is 'A plain table that was just created; its constraints are the count of keys and of all';

-- The columns of a table that has no comment on any of them.
create or replace function pggit.read_columns(in_relation oid)
returns table (attnum int, attname name, is_plain boolean, definition jsonb, dependencies text[])
language sql
stable
as $$
    select a.attnum::int, a.attname,
           pggit.is_plain_column(a)
               -- what has a fixed length is stored in one way; a column that was dropped has no type
               and (
                   a.attlen > 0 and a.attcollation = 0 and a.atttypid <> 0
                   or exists (select from pg_catalog.pg_type as y where y.oid = a.atttypid and y.typcollation = a.attcollation and y.typstorage = a.attstorage offset 0)),
           pggit.plain_column(a, case
               when a.atthasdef
                   then (select pggit.read_default(f.adbin, f.adrelid) from pg_catalog.pg_attrdef as f where f.adrelid = in_relation and f.adnum = a.attnum)
           end),
           case
               when a.atttypid >= 16384 or a.attcollation >= 16384
                    or (a.atthasdef and (select not pggit.is_plain_default(f.adbin) from pg_catalog.pg_attrdef as f where f.adrelid = in_relation and f.adnum = a.attnum))
                   then pggit.column_needs(in_relation, a.attnum)
           end
    from pg_catalog.pg_attribute as a
    where a.attrelid = in_relation
      and a.attnum > 0
$$;
comment on function pggit.read_columns(oid) is 'The columns of a table that has no comment on any of them; what is said of one that is not plain is not all';

-- Primary keys and UNIQUE constraints.
create or replace function pggit.read_keys(in_relation oid)
returns table (objid oid, conname name, definition jsonb)
language sql
stable
as $$
    select k.oid, k.conname,
           pg_catalog.jsonb_object(array[
               'definition', pg_catalog.pg_get_constraintdef(k.oid), 'type', case k.contype when 'p' then 'primary key' else 'unique' end])
    from pg_catalog.pg_constraint as k
    where k.conrelid = in_relation
      and k.contype in ('p', 'u')
      and k.conexclop is null
      and exists (select from pg_catalog.pg_class as i where i.oid = k.conindid and i.reloptions is null and i.reltablespace = 0 offset 0)
      and not exists (select from pg_catalog.pg_description as d where d.objoid in (k.oid, k.conindid) offset 0)
$$;
comment on function pggit.read_keys(oid) is 'The plain keys of a table';

-- A plain table that is recorded as it is, with what this transaction has written of it since it read it, if that is columns which nobody
-- knows. A visible row whose transaction is not older than ours was written by us, or committed since: it counts as written, unless we
-- have staged something of the table after it and so have read it.
create or replace function pggit.read_grown_table(in_relation oid, in_identity text)
returns table (classid oid, written int[])
language sql
stable
as $$
    select c.tableoid,
           (
               select case when bool_and(a.attnum <> all (k.known_columns)) then array_agg(a.attnum::int) end
               from pg_catalog.pg_attribute as a
               where a.attrelid = in_relation
                 and a.attnum > 0
                 and pggit.is_just_written(a.xmin)
                 and a.cmin::text::bigint > k.read_at
           )
    from (
        -- what is known of the table is as much as it has columns: it is read once
        select bool_and(k.object_identity = in_identity) filter (where k.objsubid = 0) as is_named_so,
               array_agg(k.definition_id) filter (where k.objsubid = 0) as definition_ids,
               array_agg(k.objsubid) as known_columns, max(k.read_at) as read_at
        from (
            -- in the order in which they are used: one layer less
            select e.definition_id, e.objsubid, -1::bigint as read_at, e.object_identity
            from pggit.elements as e
            where e.root_objid = in_relation
              and e.objid = in_relation
            union all
            select s.definition_id, s.objsubid, case when s.transaction_id = pg_catalog.pg_current_xact_id() then s.cmin::text::bigint else -1 end, s.object_identity
            from pggit.staged_changes as s
            where s.root_objid = in_relation
              and s.objid = in_relation
        ) as k
    ) as k
    cross join pg_catalog.pg_class as c
    where c.oid = in_relation
      and pggit.is_plain_table(c)
      and not c.relhasrules
      and not exists (select from pg_catalog.pg_inherits as i where i.inhrelid = in_relation)
      and not exists (select from pg_catalog.pg_class as t where t.oid = c.reltoastrelid and t.reloptions is not null offset 0)
      and not exists (
          select from pg_catalog.pg_description as d
          where d.objoid in (in_relation, c.relnamespace)
            and d.objsubid = 0
            and (d.classoid = 'pg_catalog.pg_class'::regclass or d.description like '%@pggit%')
          offset 0
      )
      and k.is_named_so
      and pggit.sha256_hex(pggit.plain_table(c)::text) = all (k.definition_ids)
      and not exists (
          select from pg_catalog.pg_constraint as n
          where n.conrelid = in_relation
            and pggit.is_just_written(n.xmin)
            and n.cmin::text::bigint > k.read_at
            and (n.contype <> 'n' or not pggit.belongs_to_column(n, c.relname))
          offset 0
      )
      and not exists (select from pg_catalog.pg_index as x where x.indrelid = in_relation and x.indisclustered)
      and not (c.relhastriggers and exists (select from pg_catalog.pg_trigger as g where g.tgrelid = in_relation and pggit.is_just_written(g.xmin)))
      -- what reads the table may read differently
      and not exists (
          select from pg_catalog.pg_depend as d
          where d.refclassid = 'pg_catalog.pg_class'::regclass
            and d.refobjid = in_relation
            and d.classid in ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_policy'::regclass)
      )
$$;
comment on function pggit.read_grown_table(oid, text) is 'A plain table that got columns; written are their numbers, null where known ones were written too';

-- An index on a table that is known and hands it on to nobody.
create or replace function pggit.read_plain_index(in_index oid, in_schema name)
returns table (relation oid, parent_key text, definition jsonb)
language sql
stable
as $$
    select c.oid,
           case c.relkind when 'm' then 'materialized view ' else 'table ' end || pg_catalog.quote_ident(in_schema) || '.' || pg_catalog.quote_ident(c.relname),
           pg_catalog.jsonb_object(array['definition', pg_catalog.pg_get_indexdef(in_index)])
    from pg_catalog.pg_class as c
    where c.oid = (
              select x.indrelid
              from pg_catalog.pg_index as x
              where x.indexrelid = in_index
                and x.indisvalid
                and x.indexprs is null
                and x.indpred is null
          )
      and c.relkind in ('r', 'm')
      and exists (select from pg_catalog.pg_class as i where i.oid = in_index and i.reltablespace = 0 and not i.relispartition)
      -- a table that is not known under this address was made again unseen
      and (exists (select from pggit.elements as e where e.root_objid = c.oid and e.objid = c.oid and e.objsubid = 0 offset 0)
          or exists (select from pggit.staged_changes as s where s.root_objid = c.oid and s.objid = c.oid and s.objsubid = 0 offset 0))
      -- a table that has joined an extension is not followed
      and not exists (select from pg_catalog.pg_depend as d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e' offset 0)
      -- an operator class or collation of somebody's, a constraint's index
      and not exists (select from pg_catalog.pg_depend as d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = in_index and d.deptype <> 'a')
      and not exists (
          select from pg_catalog.pg_description as d
          where d.objoid in (c.oid, c.relnamespace)
            and d.objsubid = 0
            and d.classoid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_namespace'::regclass)
            and d.description like '%@pggit%'
          offset 0
      )
$$;
comment on function pggit.read_plain_index(oid, name) is 'A plain index, with the table that it is on';

-- A function or procedure without what few have.
create or replace function pggit.read_plain_function(in_function oid)
returns table (object_type text, definition jsonb, needs text[])
language sql
stable
as $$
    select case p.prokind when 'p' then 'procedure' else 'function' end,
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_object(array[
               'owner', pg_catalog.pg_get_userbyid(p.proowner)::text,
               'arguments', case
                   when p.pronargdefaults = 0 then pg_catalog.pg_get_function_arguments(in_function)
                   else pggit.printed_arguments(in_function)
               end,
               'result', pg_catalog.pg_get_function_result(in_function),
               'language', (select l.lanname::text from pg_catalog.pg_language as l where l.oid = p.prolang),
               'source', p.prosrc,
               'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
               'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
               'cost', case when p.procost <> 100 then p.procost::text end,
               'rows', case when p.proretset and p.prorows <> 1000 then p.prorows::text end
           ]))
           || case
               when p.prosecdef or p.proisstrict or p.proconfig is not null
                   then pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                       'security_definer', case when p.prosecdef then true end,
                       'strict', case when p.proisstrict then true end,
                       'settings', pg_catalog.to_jsonb(p.proconfig)))
               else '{}'
           end,
           case
               when exists (
                   select from pg_catalog.pg_depend as d
                   where d.classid = 'pg_catalog.pg_proc'::regclass
                     and d.objid = in_function
                     and d.refclassid <> 'pg_catalog.pg_namespace'::regclass)
                   then pggit.needs_of('pg_catalog.pg_proc'::regclass, in_function)
               else '{}'
           end
    from pg_catalog.pg_proc as p
    where p.oid = in_function
      and p.prokind in ('f', 'p')
      -- neither of C nor internal: these may return a type that is not there yet, and make a shell of it
      and p.prolang not in (12, 13)
      and p.prosqlbody is null
      and p.prosupport = 0
      and p.protrftypes is null
      and p.proacl is null
      and not p.proleakproof
      and not exists (
          select from pg_catalog.pg_description as d
          where d.objoid in (in_function, p.pronamespace)
            and (d.classoid = 'pg_catalog.pg_proc'::regclass or d.description like '%@pggit%')
          offset 0
      )
$$;
comment on function pggit.read_plain_function(oid) is 'A plain function or procedure; its needs are null where it is another object''s';
