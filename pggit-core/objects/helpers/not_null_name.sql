-- The name that PostgreSQL gives the NOT NULL constraint of a column ($2) of a table ($1): from both names, cut to fit into 63 bytes.
select (select left($1, n.length) from generate_series(length($1), 0, -1) as n (length) where octet_length(left($1, n.length)) <= l.relation limit 1)
       || '_' || (select left($2, n.length) from generate_series(length($2), 0, -1) as n (length) where octet_length(left($2, n.length)) <= l.attribute limit 1)
       || '_not_null'
from (
    select case when octet_length($1) <= 27 then 27 else greatest(27, 53 - octet_length($2)) end as relation,
           case when octet_length($1) <= 27 then 53 - octet_length($1) else 26 end as attribute
) as l
