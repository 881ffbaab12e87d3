-- Transforms between a type and a language.
select 'pg_catalog.pg_transform'::regclass::oid as classid,
       o.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_transform'::regclass::oid as root_classid,
       o.oid as root_objid,
       'transform' as object_type,
       -- as 15 says it; later versions leave out a word
       regexp_replace((pg_identify_object('pg_catalog.pg_transform'::regclass, o.oid, 0)).identity, '^for (.*?) (?:on )?language ', 'for \1 on language ') as object_identity,
       null::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'type', format_type(o.trftype, null),
           'language', (select quote_ident(l.lanname) from pg_language as l where l.oid = o.trflang),
           'from_sql', case when o.trffromsql <> 0 then (pg_identify_object('pg_catalog.pg_proc'::regclass, o.trffromsql, 0)).identity end,
           'to_sql', case when o.trftosql <> 0 then (pg_identify_object('pg_catalog.pg_proc'::regclass, o.trftosql, 0)).identity end,
           'comment', pggit.comment_on('pg_catalog.pg_transform'::regclass, o.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_transform'::regclass, o.oid, 'na', o.oid) as dependencies
from pg_transform as o
where o.oid = any ($1)
