-- Functions and window functions. Their identity is their signature, so that overloads are objects of their own.
select 'pg_catalog.pg_proc'::regclass::oid as classid,
       p.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_proc'::regclass::oid as root_classid,
       p.oid as root_objid,
       'function' as object_type,
       (pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(p.proowner),
           'arguments', pggit.settled(pg_get_function_arguments(p.oid)),
           'result', pg_get_function_result(p.oid),
           'language', (select l.lanname from pg_language as l where l.oid = p.prolang),
           'source', case when p.prosqlbody is null then p.prosrc end,
           'binary', p.probin,
           'sql_body', case when p.prosqlbody is not null then pggit.settled(pg_get_function_sqlbody(p.oid)) end,
           'security_definer', nullif(p.prosecdef, false),
           'window', nullif(p.prokind = 'w', false),
           'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
           'strict', nullif(p.proisstrict, false),
           'leakproof', nullif(p.proleakproof, false),
           'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
           'cost', case when p.procost <> case when p.prolang in (12, 13) then 1 else 100 end then p.procost::text end,
           'rows', case when p.proretset and p.prorows <> 1000 then p.prorows::text end,
           'support', case when p.prosupport <> 0 then p.prosupport::regproc::text end,
           'settings', to_jsonb(p.proconfig),
           'transforms', (select jsonb_agg(format_type(t.oid, null) order by t.ord) from unnest(p.protrftypes) with ordinality as t (oid, ord)),
           'privileges', pggit.own_privileges(p.proacl, 'f', p.proowner),
           'depends_on', (
               select jsonb_agg(quote_ident(x.extname) order by x.extname)
               from pg_depend as d
               join pg_extension as x on x.oid = d.refobjid
               where d.classid = 'pg_catalog.pg_proc'::regclass
                 and d.objid = p.oid
                 and d.deptype = 'x'
           ),
           'comment', pggit.comment_on('pg_catalog.pg_proc'::regclass, p.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_proc'::regclass, p.oid, 'n', p.oid) as dependencies
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where p.oid = any ($1)
  and p.prokind in ('f', 'w')
