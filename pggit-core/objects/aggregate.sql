-- Aggregates, ordered-set and hypothetical-set ones too.
select 'pg_catalog.pg_proc'::regclass::oid as classid,
       p.oid as objid,
       0 as objsubid,
       'pg_catalog.pg_proc'::regclass::oid as root_classid,
       p.oid as root_objid,
       'aggregate' as object_type,
       (pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0)).identity as object_identity,
       n.nspname::text as schema_name,
       null::text as parent_key,
       null::int as "position",
       jsonb_strip_nulls(jsonb_build_object(
           'owner', pg_get_userbyid(p.proowner),
           'arguments', pggit.settled(pg_get_function_arguments(p.oid)),
           'result', pg_get_function_result(p.oid),
           'kind', case a.aggkind when 'o' then 'ordered set' when 'h' then 'hypothetical set' end,
           'direct_arguments', nullif(a.aggnumdirectargs, 0),
           'transition', case when a.aggtransfn <> 0 then a.aggtransfn::regproc::text end,
           'final', case when a.aggfinalfn <> 0 then a.aggfinalfn::regproc::text end,
           'combine', case when a.aggcombinefn <> 0 then a.aggcombinefn::regproc::text end,
           'serial', case when a.aggserialfn <> 0 then a.aggserialfn::regproc::text end,
           'deserial', case when a.aggdeserialfn <> 0 then a.aggdeserialfn::regproc::text end,
           'moving_transition', case when a.aggmtransfn <> 0 then a.aggmtransfn::regproc::text end,
           'moving_inverse', case when a.aggminvtransfn <> 0 then a.aggminvtransfn::regproc::text end,
           'moving_final', case when a.aggmfinalfn <> 0 then a.aggmfinalfn::regproc::text end,
           'final_extra', nullif(a.aggfinalextra, false),
           'moving_final_extra', nullif(a.aggmfinalextra, false),
           'final_modify', case when a.aggfinalfn <> 0 and a.aggfinalmodify <> case a.aggkind when 'n' then 'r'::"char" else 'w' end then a.aggfinalmodify::text end,
           'moving_final_modify', case when a.aggmfinalfn <> 0 and a.aggmfinalmodify <> case a.aggkind when 'n' then 'r'::"char" else 'w' end then a.aggmfinalmodify::text end,
           'sort_operator', case when a.aggsortop <> 0 then a.aggsortop::regoperator::text end,
           'state_type', format_type(a.aggtranstype, null),
           'state_size', nullif(a.aggtransspace, 0),
           'moving_state_type', case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end,
           'moving_state_size', nullif(a.aggmtransspace, 0),
           'initial', a.agginitval,
           'moving_initial', a.aggminitval,
           'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
           'privileges', pggit.own_privileges(p.proacl, 'f', p.proowner),
           'comment', pggit.comment_on('pg_catalog.pg_proc'::regclass, p.oid)
       )) as definition,
       pggit.needs('pg_catalog.pg_proc'::regclass, p.oid, 'n', p.oid) as dependencies
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
join pg_aggregate as a on a.aggfnoid = p.oid
where p.oid = any ($1)
  and p.prokind = 'a'
