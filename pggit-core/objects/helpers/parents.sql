-- The tables that a table ($1) is a child or a partition of, in their order.
select jsonb_agg(quote_ident(m.nspname) || '.' || quote_ident(p.relname) order by i.inhseqno)
from pg_inherits as i
join pg_class as p on p.oid = i.inhparent
join pg_namespace as m on m.oid = p.relnamespace
where i.inhrelid = $1
