-- The index of a table ($1) that replication identifies rows by ($2 is true), or that the table is clustered on.
select quote_ident(x.relname)
from pg_index as i
join pg_class as x on x.oid = i.indexrelid
where i.indrelid = $1
  and case when $2 then i.indisreplident else i.indisclustered end
