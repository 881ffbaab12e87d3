-- The sequence behind an identity column ($1: the table, $2: the column, $3: the persistence of the table), as properties of the column.
select jsonb_strip_nulls(jsonb_build_object(
           'identity_sequence', jsonb_build_object(
               'name', quote_ident(s.relname),
               'start', q.seqstart, 'increment', q.seqincrement, 'min', q.seqmin, 'max', q.seqmax, 'cache', q.seqcache,
               'cycle', nullif(q.seqcycle, false)),
           -- where it is not that of the table
           'sequence_persistence', case when s.relpersistence <> $3 then case s.relpersistence when 'u' then 'unlogged' else 'logged' end end,
           'sequence_privileges', case
               when s.relacl is not null and not (s.relacl @> acldefault('s', s.relowner) and s.relacl <@ acldefault('s', s.relowner))
                   then (select coalesce(jsonb_agg(i.item order by convert_to(i.item, 'UTF8')), '[]') from unnest(s.relacl::text[]) as i (item))
           end,
           'sequence_comment', (select c.description from pg_description as c where c.objoid = s.oid and c.classoid = 'pg_catalog.pg_class'::regclass and c.objsubid = 0)))
from pg_depend as d
join pg_class as s on s.oid = d.objid
join pg_sequence as q on q.seqrelid = s.oid
where d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.refobjid = $1
  and d.refobjsubid = $2
  and d.classid = 'pg_catalog.pg_class'::regclass
  and d.deptype = 'i'
