-- Extended statistics.
select 'pg_catalog.pg_statistic_ext'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_statistic_ext'::regclass::oid as root_classid,
       o.oid as root_objid,
       'statistics object' as object_type,
       (pg_identify_object('pg_catalog.pg_statistic_ext'::regclass, o.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.stxowner),
           -- with all parentheses, as other expressions have them
           'definition', pggit.settled(case
               when o.stxexprs is null then pg_get_statisticsobjdef(o.oid)
               else replace(pg_get_statisticsobjdef(o.oid),
                            ' ON ' || pg_get_statisticsobjdef_columns(o.oid) || ' FROM ',
                            ' ON ' || concat_ws(', ',
                                                (select string_agg(quote_ident(a.attname), ', ' order by k.ord)
                                                 from unnest(o.stxkeys) with ordinality as k (attnum, ord)
                                                 join pg_attribute as a on a.attrelid = o.stxrelid and a.attnum = k.attnum),
                                                (select string_agg('(' || e.expression || ')', ', ' order by e.ord)
                                                 from unnest(pg_get_statisticsobjdef_expressions(o.oid)) with ordinality as e (expression, ord)))
                            || ' FROM ')
           end),
           'target', nullif(o.stxstattarget, -1),
           'comment', pggit.comment_on('pg_catalog.pg_statistic_ext'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_statistic_ext'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_statistic_ext as o
join pg_namespace as n on n.oid = o.stxnamespace
where o.oid = any ($1)
