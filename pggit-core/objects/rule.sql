-- Rewrite rules, but for the one that makes a view a view.
select 'pg_catalog.pg_rewrite'::regclass::oid as classid,
       w.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_class'::regclass::oid as root_classid,
       w.ev_class as root_objid,
       'rule' as object_type,
       quote_ident(w.rulename) || ' on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object_identity,
       n.nspname::text as schema_name,
       case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'definition', pggit.settled(pg_get_ruledef(w.oid)),
           'enabled', case w.ev_enabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
           'comment', pggit.comment_on('pg_catalog.pg_rewrite'::regclass, w.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_rewrite'::regclass, w.oid, 'n', w.ev_class) as dependencies
from pg_rewrite as w
join pg_class as c on c.oid = w.ev_class
join pg_namespace as n on n.oid = c.relnamespace
where w.ev_class = any ($1)
  and w.rulename <> '_RETURN'
