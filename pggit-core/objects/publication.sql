-- Publications with their tables and schemas.
select 'pg_catalog.pg_publication'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_publication'::regclass::oid as root_classid,
       o.oid as root_objid,
       'publication' as object_type,
       (pg_identify_object('pg_catalog.pg_publication'::regclass, o.oid, 0)).identity as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(o.pubowner),
           'all_tables', nullif(o.puballtables, false),
           'publish', concat_ws(', ', case when o.pubinsert then 'insert' end, case when o.pubupdate then 'update' end, case when o.pubdelete then 'delete' end, case when o.pubtruncate then 'truncate' end),
           'via_root', nullif(o.pubviaroot, false),
           'generated_columns', nullif(to_jsonb(o) ->> 'pubgencols', 'n'),
           'tables', (
               select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                          'table', (pg_identify_object('pg_catalog.pg_class'::regclass, r.prrelid, 0)).identity,
                          'where', pggit.settled(pg_get_expr(r.prqual, r.prrelid)),
                          'columns', (select jsonb_agg(quote_ident(a.attname) order by a.attnum) from unnest(r.prattrs::int2[]) as k (attnum) join pg_attribute as a on a.attrelid = r.prrelid and a.attnum = k.attnum)
                      )) order by convert_to((pg_identify_object('pg_catalog.pg_class'::regclass, r.prrelid, 0)).identity, 'UTF8'))
               from pg_publication_rel as r
               where r.prpubid = o.oid
           ),
           'schemas', (
               select jsonb_agg(quote_ident(n.nspname) order by convert_to(n.nspname::text, 'UTF8'))
               from pg_publication_namespace as s
               join pg_namespace as n on n.oid = s.pnnspid
               where s.pnpubid = o.oid
           ),
           'comment', pggit.comment_on('pg_catalog.pg_publication'::regclass, o.oid)
       )) as definition,
       (
           select array_agg(distinct needed.type || ' ' || needed.identity)
           from pg_depend as d
           cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
           where (d.classid, d.objid) in (
                     select 'pg_catalog.pg_publication'::regclass, o.oid
                     union all
                     select 'pg_catalog.pg_publication_rel'::regclass, r.oid from pg_publication_rel as r where r.prpubid = o.oid
                     union all
                     select 'pg_catalog.pg_publication_namespace'::regclass, s.oid from pg_publication_namespace as s where s.pnpubid = o.oid)
             and d.deptype in ('n', 'a')
             and d.refclassid <> 'pg_catalog.pg_publication'::regclass
       ) as dependencies
from pg_publication as o
where o.oid = any ($1)
