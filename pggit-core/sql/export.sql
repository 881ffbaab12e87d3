-- A revision as DDL that runs: the elements' statements, from the grammar, in the order of what needs what.

create or replace function pggit.export_ddl(revision text default 'HEAD', schemas text[] default null)
returns table (sequence bigint, object_type text, object_identity text, schema_name text, statement text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- nothing is known of what the parts of this query come to, and all with all takes the square
set enable_nestloop = off
as $$
declare
    target_id text;
    unknown text;
begin
    perform pggit.settle();
    target_id := pggit.revision_id(coalesce(revision, 'HEAD'));
    select s.name
    into unknown
    from unnest(schemas) as s (name)
    where not exists (select from pggit.tree_at(target_id) as t where t.object_type = 'schema' and t.object_identity = quote_ident(s.name))
    limit 1;
    if found then
        raise exception 'there is no schema "%" at %', unknown, coalesce(revision, 'HEAD')
            using errcode = 'invalid_schema_name',
                  hint = 'Name schemas as they are called at that revision, without quotes.';
    end if;
    return query
        with elements as materialized (
            select t.object_type, t.object_identity, t.object_key, t.position, t.dependencies, b.definition, g.grammar, g.kind,
                   (g.grammar ->> 'inline') is not null and g.grammar ->> 'create' is null as is_inline,
                   case
                       when case
                                when g.grammar -> 'rank_when' ? 'value' then b.definition ->> (g.grammar -> 'rank_when' ->> 'property') = g.grammar -> 'rank_when' ->> 'value'
                                else b.definition ? (g.grammar -> 'rank_when' ->> 'property')
                            end
                           then (g.grammar -> 'rank_when' ->> 'rank')::int
                       else (g.grammar ->> 'rank')::int
                   end as rank
            from pggit.tree_at(target_id) as t
            join pggit.blobs as b on b.definition_id = t.definition_id
            join pggit.ddl_grammar as g on t.object_type = any (g.object_types) and (not g.grammar ? 'variants' or g.grammar -> 'variants' ? (b.definition ->> 'kind'))
        ),
        -- what a partition has to have of its parent, or both have alike, by their keys
        shapes as materialized (
            select t.object_type || ' ' || t.object_identity as key,
                   jsonb_object_agg(substr(c.object_identity, length(t.object_identity) + 2), jsonb_build_array(c.definition -> 'type', c.definition -> 'collation', c.definition -> 'generated'))
                       filter (where c.object_type like '%table column') as columns,
                   array_agg(substr(c.object_identity, length(t.object_identity) + 2)) filter (where c.object_type like '%table column' and c.definition ? 'not_null') as not_null,
                   array_agg(left(c.object_identity, -length(t.object_identity))) filter (where c.definition ->> 'type' = 'check' and c.definition ->> 'definition' not like '% NO INHERIT%') as checks
            from elements as t
            join elements as c on c.object_key = t.object_type || ' ' || t.object_identity
            where t.definition ? 'partition_of' or t.definition ? 'partition_key'
            group by t.object_type, t.object_identity
        ),
        -- partitions that are ignored stay as they were when their parent changes, and are none any more
        left_behind as materialized (
            with recursive found as (
                select s.key, c.object_identity
                from elements as c
                join shapes as s on s.key = c.object_type || ' ' || c.object_identity
                left join shapes as p on p.key = 'table ' || (c.definition ->> 'partition_of')
                where c.definition ? 'partition_of'
                  and (p.columns is distinct from s.columns or not coalesce(p.checks, '{}') <@ coalesce(s.checks, '{}') or not coalesce(p.not_null, '{}') <@ coalesce(s.not_null, '{}'))
                union
                select c.object_type || ' ' || c.object_identity, c.object_identity
                from found as f
                join elements as c on c.definition ->> 'partition_of' = f.object_identity
            )
            select f.key from found as f
        ),
        -- each with what it belongs to, and its names
        owned as materialized (
            select e.*, p.object_identity as parent, p.definition as parent_definition, p.object_type as parent_type,
                   case
                       when p.object_identity is null then substring(e.object_identity from '^((?:"(?:[^"]|"")*"|[^." (])+)\.')
                       else substring(p.object_identity from '^((?:"(?:[^"]|"")*"|[^." (])+)\.')
                   end as quoted_schema
            from elements as e
            left join elements as p on p.object_type || ' ' || p.object_identity = nullif(e.object_key, e.object_type || ' ' || e.object_identity)
            where e.object_key not in (select l.key from left_behind as l)
        ),
        named as materialized (
            select o.*,
                   case
                       when o.parent is not null and o.object_identity like '% on %' and right(o.object_identity, length(o.parent) + 4) = ' on ' || o.parent
                           then left(o.object_identity, -(length(o.parent) + 4))
                       when o.parent is not null and o.is_inline then substr(o.object_identity, length(o.parent) + 2)
                       when o.quoted_schema is not null and o.object_identity like '%.%' then pggit.ddl_path(substr(o.object_identity, length(o.quoted_schema) + 2))
                       else o.object_identity
                   end as name,
                   coalesce(o.definition ->> 'inherited', '') = 'yes' and not coalesce(o.parent_definition ? 'partition_of', false) as comes_from_parent,
                   coalesce(o.parent_definition ? 'of_type', false) as is_typed
            from owned as o
            where schemas is null
               or o.quoted_schema in (select quote_ident(s.name) from unnest(schemas) as s (name))
               or case o.object_type when 'schema' then o.object_identity when 'default acl' then o.definition ->> 'schema' end in (select quote_ident(s.name) from unnest(schemas) as s (name))
        ),
        -- a NOT NULL constraint with a name of its own is written with the columns, and for them
        not_nulls as materialized (
            select n.parent, n.quoted_schema, n.name, substr(n.definition ->> 'definition', 10) as rest
            from named as n
            where (n.kind = 'constraint' and n.definition ->> 'type' = 'not null')
               or (n.kind = 'domain_constraint' and n.definition ->> 'definition' = 'NOT NULL')
        ),
        -- columns that are NOT NULL, with the name of the constraint that later versions make of that
        required as materialized (
            select n.parent as relation, n.name, n.parent_definition, x.name as constraint_name,
                   x.rest is null or x.rest not like '% NO INHERIT%' as is_inherited
            from named as n
            left join not_nulls as x on x.parent = n.parent and (x.rest = n.name or x.rest like n.name || ' NO INHERIT%' or x.rest like n.name || ' NOT VALID%')
            where n.is_inline and n.definition ? 'not_null'
        ),
        -- those that a parent gives, which is where their constraint has its name from
        given as materialized (
            select distinct r.relation, r.name
            from required as r
            cross join lateral jsonb_array_elements_text(coalesce(r.parent_definition -> 'inherits', '[]') || coalesce(r.parent_definition -> 'partition_of', '[]')) as p (name)
            join required as o on o.relation = p.name and o.name = r.name and o.is_inherited
        ),
        of_partitions as materialized (
            with recursive found as (
                select r.relation, r.name,
                       coalesce(r.constraint_name, quote_ident(pggit.not_null_name(pggit.unquoted(substring(r.relation from '^(?:"(?:[^"]|"")*"|[^." (])+\.(.*)$')), pggit.unquoted(r.name)))) as constraint_name
                from required as r
                where not r.parent_definition ? 'partition_of' or (r.relation, r.name) not in (select g.relation, g.name from given as g)
                union all
                select r.relation, r.name, coalesce(r.constraint_name, f.constraint_name)
                from found as f
                join required as r on r.parent_definition ->> 'partition_of' = f.relation and r.name = f.name
                where (r.relation, r.name) in (select g.relation, g.name from given as g)
            )
            select f.relation, f.name, f.constraint_name
            from found as f
            join given as g on g.relation = f.relation and g.name = f.name
        ),
        -- columns that a parent gives, with what they are there
        lineage as materialized (
            select n.object_identity as identity, i.name || '.' || n.name as above, n.definition
            from named as n
            cross join lateral jsonb_array_elements_text(n.parent_definition -> 'inherits') as i (name)
            where n.is_inline and n.definition ? 'inherited' and n.parent_definition ? 'inherits'
        ),
        -- a child can have a default as it is made though its parent ends without one, for that is taken away late
        with_default as materialized (
            with recursive found as (
                select n.object_identity as identity from named as n where n.is_inline and n.definition ? 'default' and not n.definition ? 'generated'
                union
                select l.identity from found as f join lineage as l on l.above = f.identity
            )
            select f.identity from found as f
        ),
        -- what parents give to a column
        above as materialized (
            select l.identity, bool_or(d.identity is not null) as has_default,
                   bool_or(p.definition -> 'default' = l.definition -> 'default' and p.definition -> 'generated' = l.definition -> 'generated') as generates_alike
            from lineage as l
            join named as p on p.is_inline and p.object_identity = l.above
            left join with_default as d on d.identity = l.above
            group by l.identity
        ),
        unenforced as materialized (
            select n.name
            from named as n
            where n.definition ->> 'type' = 'check' and n.definition ->> 'definition' like '% NOT ENFORCED'
        ),
        scoped as materialized (
            select n.object_type, n.object_identity, n.object_key, n.position, n.dependencies, n.definition, n.grammar, n.kind, n.rank, n.is_inline, n.comes_from_parent, n.is_typed,
                   n.parent, n.quoted_schema, u.has_default, u.generates_alike,
                   n.definition
                   || jsonb_strip_nulls(jsonb_build_object(
                       'identity', n.object_identity, 'name', n.name, 'parent', n.parent, 'schema', n.quoted_schema,
                       'view', case when n.parent_type in ('view', 'materialized view') then true end,
                       'address', pggit.render(n.grammar ->> 'address', n.definition || jsonb_build_object('identity', n.object_identity, '', n.definition)),
                       'owner', coalesce(n.definition ->> 'owner', n.parent_definition ->> 'owner'),
                       'connection', case when n.kind = 'subscription' then 'dbname=not_recorded' end,
                       -- a child may not say once more what its parent generates, before 16
                       'as_above', case when n.definition ? 'generated' and n.definition ->> 'inherited' = 'merged' and u.generates_alike then true end,
                       'no_default', case when u.has_default and not n.definition ? 'default' and (n.definition ->> 'inherited' = 'merged') <> n.definition ? 'identity' then true end,
                       'inline', case
                           when n.kind = 'constraint' and n.definition ->> 'type' = 'not null' and n.definition ->> 'definition' not like '% NOT VALID'
                                -- a partition is made by itself, and has what it inherits before it is attached
                                and (n.definition ->> 'inherited' is distinct from 'yes' or n.parent_definition ? 'partition_of') then true
                           -- a check that holds where that of the parent is not valid or not enforced holds before the parent has it
                           when n.definition ->> 'type' = 'check' and n.definition ->> 'inherited' = 'merged' and n.definition ? 'validated_alone' then true
                           when n.definition ->> 'type' = 'check' and n.definition ->> 'inherited' = 'yes' and n.parent_definition ? 'partition_of'
                                and n.definition ->> 'definition' not like '% NOT ENFORCED'
                                and n.name in (select u.name from unenforced as u) then true
                       end))
                   || case when n.is_inline and exists (
                          select from not_nulls as x
                          where x.parent = n.parent and (x.rest = n.name or x.rest like n.name || ' NO INHERIT%' or x.rest like n.name || ' NOT VALID%'))
                          then '{"not_null": null}'::jsonb
                      when n.is_inline and n.definition ? 'not_null' and g.name is not null
                          then coalesce(
                              (select jsonb_build_object('not_null_name', p.constraint_name) from of_partitions as p where n.parent_definition ? 'partition_of' and p.relation = n.parent and p.name = n.name),
                              '{"not_null": null}')
                      when n.kind = 'domain' and exists (select from not_nulls as x where x.parent = n.object_identity)
                          then '{"not_null": null}'::jsonb
                      -- what another table calls its own is not free when this one is made
                      when n.is_inline and n.definition ? 'not_null'
                          then jsonb_strip_nulls(jsonb_build_object('not_null_name', (
                              select x.name
                              from not_nulls as x
                              where x.quoted_schema = n.quoted_schema
                                and pggit.unquoted(x.name) = pggit.not_null_name(pggit.unquoted(substr(n.parent, length(n.quoted_schema) + 2)), pggit.unquoted(n.name))
                              limit 1)))
                      else '{}'::jsonb
                  end
                   || jsonb_build_object('', n.definition, '*', coalesce(n.grammar -> 'parts', '{}')) as scope
            from named as n
            left join given as g on n.is_inline and g.relation = n.parent and g.name = n.name
            left join above as u on n.is_inline and u.identity = n.object_identity
        ),
        bodies as materialized (
            select s.object_key, string_agg(pggit.render(s.grammar ->> 'inline', s.scope), E',\n    ' order by s.is_inline desc, s.position, s.object_identity) as body
            from scoped as s
            where s.grammar ? 'inline'
              and not (s.is_inline and (s.comes_from_parent or s.is_typed))
            group by s.object_key
        ),
        nodes as materialized (
            select row_number() over (order by s.rank, s.object_identity collate "C", s.object_type collate "C")::int as node,
                   s.object_type, s.object_identity, s.object_key, s.kind, s.definition, s.grammar, s.dependencies, s.parent, s.quoted_schema,
                   case when s.object_type in ('table', 'foreign table')
                       then s.scope || jsonb_build_object('elements', coalesce(E'(\n    ' || b.body || E'\n)', case when not s.definition ? 'of_type' then '()' end)) else s.scope end as scope
            from scoped as s
            left join bodies as b on b.object_key = s.object_key
            where not s.is_inline
        ),
        aliases as materialized (
            select n.node, n.object_type || ' ' || n.object_identity as key from nodes as n
            union all
            select n.node, s.object_type || ' ' || s.object_identity
            from scoped as s join nodes as n on n.object_type || ' ' || n.object_identity = s.object_key
            where s.is_inline
            union all
            select n.node, a.key
            from nodes as n
            cross join lateral (
                values ('type ' || n.object_identity), ('type ' || n.object_identity || '[]'), ('composite type ' || n.object_identity), ('rule "_RETURN" on ' || n.object_identity)
            ) as a (key)
            where n.kind in ('table', 'foreign_table', 'view', 'materialized_view', 'composite', 'enum', 'domain', 'range', 'base_type')
            union all
            -- as dependencies of 16 and later call it
            select n.node, 'transform ' || replace(n.object_identity, ' on language ', ' language ') from nodes as n where n.kind = 'transform'
            union all
            select n.node, 'type ' || (n.definition ->> 'multirange') from nodes as n where n.kind = 'range'
            union all
            select n.node, n.object_type || ' column ' || n.object_identity || '.' || (c.value ->> 'name')
            from nodes as n cross join lateral jsonb_array_elements(n.definition -> 'columns') as c where n.kind in ('view', 'materialized_view')
            union all
            select n.node, 'index ' || n.quoted_schema || '.' || (n.scope ->> 'name') from nodes as n where n.kind = 'constraint' and n.definition ->> 'type' in ('primary key', 'unique', 'exclude')
        ),
        partitions as materialized (
            select p.node as parent, c.node as child
            from nodes as c
            join nodes as p on p.object_identity = c.definition ->> 'partition_of' and p.object_type = 'table'
            where c.kind in ('table', 'foreign_table')
        ),
        descendants as materialized (
            with recursive family as (
                select p.parent, p.child from partitions as p
                union
                select f.parent, p.child from family as f join partitions as p on p.parent = f.child
            )
            select * from family
        ),
        edges as materialized (
            select distinct e.source, e.target
            from (
                select n.node as source, a.node as target
                from nodes as n cross join lateral unnest(n.dependencies) as d (key) join aliases as a on a.key = d.key
                union all
                select o.node, a.node
                from scoped as s
                join nodes as o on o.object_type || ' ' || o.object_identity = s.object_key
                cross join lateral unnest(s.dependencies) as d (key)
                join aliases as a on a.key = d.key
                where s.grammar ? 'inline' and (s.is_inline or s.scope ? 'inline')
                union all
                select n.node, a.node from nodes as n join aliases as a on a.key = n.object_key where n.parent is not null
                union all
                select n.node, a.node from nodes as n join aliases as a on a.key = case when n.kind in ('table', 'foreign_table') then 'table ' else 'index ' end || coalesce(n.definition ->> 'partition_of', n.definition ->> 'index_partition_of')
                union all
                select n.node, a.node
                from nodes as n
                cross join lateral jsonb_array_elements_text(n.definition -> 'inherits') as i (name)
                cross join unnest(array['table ', 'foreign table ']) as t (type)
                join aliases as a on a.key = t.type || i.name
                where n.kind in ('table', 'foreign_table')
                union all
                -- a query that groups by a key: its text stays when the key has another name, and so does what is recorded that it needs
                select n.node, k.node
                from nodes as n
                cross join lateral unnest(n.dependencies) as d (key)
                join nodes as k on k.kind = 'constraint' and k.definition ->> 'type' in ('primary key', 'unique') and right(d.key, length(k.parent) + 4) = ' on ' || k.parent
                where d.key like 'table constraint %' and n.kind <> 'constraint'
                union all
                -- what stands on a partitioned table comes when all its partitions are there
                select n.node, d.child
                from nodes as n join aliases as a on a.key = n.object_key join descendants as d on d.parent = a.node
                where n.parent is not null
                union all
                -- a constraint that comes from above is there when what it comes from is
                select n.node, a.node
                from nodes as n
                join nodes as c on c.object_type || ' ' || c.object_identity = n.object_key
                cross join lateral jsonb_array_elements_text(coalesce(c.definition -> 'inherits', '[]') || coalesce(c.definition -> 'partition_of', '[]')) as p (name)
                join aliases as a on a.key = 'table constraint ' || (n.scope ->> 'name') || ' on ' || p.name
                where n.kind = 'constraint' and n.definition ->> 'inherited' = 'yes'
                union all
                -- a foreign key of its own that a partition brought
                select n.node, k.node
                from nodes as n
                join aliases as a on a.key = n.object_key
                join descendants as d on d.parent = a.node
                join nodes as c on c.node = d.child
                join nodes as k on k.object_key = c.object_type || ' ' || c.object_identity
                where n.definition ->> 'type' = 'foreign key' and k.definition ->> 'type' = 'foreign key' and k.definition ->> 'inherited' = 'merged'
            ) as e
            where e.source <> e.target
            union all
            select n.node, n.node from nodes as n where strpos(n.definition ->> 'sql_body', n.quoted_schema || '.' || (n.scope ->> 'name') || '(') > 0
        ),
        ordered as materialized (
            select o.node, o.is_shell, o.place
            from pggit.order_nodes(
                (select count(*)::int from nodes),
                coalesce((select array_agg(e.source order by e.source, e.target) from edges as e), '{}'),
                coalesce((select array_agg(e.target order by e.source, e.target) from edges as e), '{}'),
                (select array_agg(case when n.grammar ? 'shell' then 2 when n.grammar ? 'last_shell' then 1 else 0 end order by n.node) from nodes as n)
            ) with ordinality as o (node, is_shell, place)
        ),
        -- operators and functions join a family when they are there, and before constraints need them
        joining as materialized (
            select f.node, max(o.place) as place
            from nodes as f
            join nodes as n on n.kind = 'operator_class' and n.definition ->> 'family' = f.object_identity
                or n.kind = 'operator' and jsonb_path_exists(f.definition, '$.operators[*] ? (@.operator == $name)', jsonb_build_object('name', n.object_identity))
                or n.kind = 'function' and jsonb_path_exists(f.definition, '$.functions[*] ? (@.function == $name)', jsonb_build_object('name', n.object_identity))
                or n.kind = 'operator_family'
            join ordered as o on o.node = n.node and not o.is_shell
            where f.kind = 'operator_family'
            group by f.node
        ),
        -- what an element has to have for statements beside the one that makes it
        causes as materialized (
            select g.kind, coalesce((r.value ->> 'late')::boolean, false)::int as late, bool_or(r.value ? 'absent') as is_always,
                   array_agg(distinct split_part(coalesce(r.value ->> 'each', r.value ->> 'property'), '.', 1)) as properties
            from pggit.ddl_grammar as g
            cross join lateral jsonb_array_elements(g.grammar -> 'set') as r
            group by 1, 2
        ),
        statements as (
            select n.object_type, n.object_identity, n.quoted_schema, o.place, 0 as late, 0::bigint as part, 0::bigint as number, pggit.render(coalesce(n.grammar ->> 'shell', n.grammar ->> 'last_shell'), n.scope) as text
            from ordered as o join nodes as n using (node)
            where o.is_shell
            union all
            select n.object_type, n.object_identity, n.quoted_schema,
                   case when l.late = 1 and j.node is not null then j.place else o.place end,
                   -- an event trigger would fire for all that comes after it
                   case when n.kind = 'event_trigger' then 2 when j.node is not null then 0 else l.late end,
                   case when l.late = 1 and j.node is not null then 1 else 0 end,
                   c.number, c.text
            from ordered as o join nodes as n using (node)
            left join joining as j using (node)
            cross join (values (0), (1)) as l (late)
            left join causes as r on r.kind = n.kind and r.late = l.late
            cross join lateral pggit.create_statements(
                n.grammar, case when exists (select from ordered as x where x.node = n.node and x.is_shell) then n.scope || '{"shelled": true}' else n.scope end, l.late = 1
            ) with ordinality as c (text, number)
            where not o.is_shell
              and (l.late = 0 or r.is_always or n.scope ?| r.properties)
            union all
            select s.object_type, s.object_identity, s.quoted_schema, o.place, r.late, 1 + coalesce(s.position, 0), c.number, c.text
            from scoped as s
            join nodes as n on n.object_type || ' ' || n.object_identity = s.object_key
            join ordered as o on o.node = n.node and not o.is_shell
            cross join lateral (
                select s.scope || case when s.comes_from_parent or s.is_typed then jsonb_strip_nulls(jsonb_build_object(
                    'override_not_null', case when s.scope ->> 'not_null' is not null then true end,
                    'override_identity', case when s.definition ? 'identity' then true end,
                    'override_foreign_options', case when s.definition ? 'foreign_options' then true end,
                    'override_default', case when s.definition ? 'default' and not s.definition ? 'generated' then true end,
                    'override_no_default', case when s.has_default and not s.definition ?| array['default', 'identity'] then true end,
                    'override_expression', case when s.definition ? 'generated' and not s.generates_alike then true end)) else '{}' end
            ) as w (scope)
            join causes as r on r.kind = s.kind and (r.is_always or w.scope ?| r.properties)
            cross join lateral pggit.create_statements(s.grammar, w.scope, r.late = 1) with ordinality as c (text, number)
            where s.is_inline
        )
        select row_number() over (order by s.late, s.place, s.part, s.number), s.object_type, s.object_identity, s.quoted_schema, s.text
        from statements as s
        where s.text is not null
        order by s.late, s.place, s.part, s.number;
end
$$;
comment on function pggit.export_ddl(text, text[]) is 'The statements that recreate a revision in an empty database, in an order that runs';
