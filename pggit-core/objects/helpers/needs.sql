-- What an object ($1, $2) depends on in some ways ($3), besides its schema and what it belongs to ($4).
select array_agg(distinct needed.type || ' ' || needed.identity)
from pg_depend as need
cross join lateral pg_identify_object(need.refclassid, need.refobjid, need.refobjsubid) as needed
where need.classid = $1
  and need.objid = $2
  and position(need.deptype::text in $3) > 0
  and need.refclassid <> 'pg_catalog.pg_namespace'::regclass
  and need.refobjid <> $4
