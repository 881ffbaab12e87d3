-- Constraints of domains. NOT NULL (an object from 17 on) is one where it has a name or a comment of its own.
select 'pg_catalog.pg_constraint'::regclass::oid as classid,
       k.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_type'::regclass::oid as root_classid,
       k.contypid as root_objid,
       'domain constraint' as object_type,
       quote_ident(k.conname) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) as object_identity,
       n.nspname::text as schema_name,
       'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'definition', pggit.settled(pg_get_constraintdef(k.oid)),
           'comment', pggit.comment_on('pg_catalog.pg_constraint'::regclass, k.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_constraint'::regclass, k.oid, 'n', k.contypid) as dependencies
from pg_constraint as k
join pg_type as t on t.oid = k.contypid
join pg_namespace as n on n.oid = t.typnamespace
where k.contypid = any ($1)
  and (k.contype = 'c'
      or (k.contype = 'n'
          -- the name that PostgreSQL gives it: as much of the domain's as leaves 63 bytes
          and (k.conname <> (select left(t.typname::text, max(c.length)) from generate_series(0, length(t.typname::text)) as c (length) where octet_length(left(t.typname::text, c.length)) <= 54) || '_not_null'
              or exists (select from pg_description as d where d.objoid = k.oid and d.classoid = 'pg_catalog.pg_constraint'::regclass))))
