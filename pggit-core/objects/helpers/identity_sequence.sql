-- The sequence behind an identity column ($1: the table, $2: the column), which is a property of the column.
select jsonb_strip_nulls(jsonb_build_object(
           'name', quote_ident(s.relname),
           'start', q.seqstart, 'increment', q.seqincrement, 'min', q.seqmin, 'max', q.seqmax, 'cache', q.seqcache,
           'cycle', nullif(q.seqcycle, false),
           'unlogged', nullif(s.relpersistence = 'u', o.relpersistence = 'u')))
from pg_depend as d
join pg_class as s on s.oid = d.objid
join pg_sequence as q on q.seqrelid = s.oid
join pg_class as o on o.oid = d.refobjid
where d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.refobjid = $1
  and d.refobjsubid = $2
  and d.classid = 'pg_catalog.pg_class'::regclass
  and d.deptype = 'i'
