-- The name that PostgreSQL gives the NOT NULL constraint of a column ($2) of a table ($1): from both names, cut to fit into 63 bytes.
select case
           when octet_length(n.relation) + octet_length(n.attribute) <= 53
               then n.relation || '_' || n.attribute || '_not_null'
           else (
               select (select left(n.relation, c.length) from generate_series(length(n.relation), 0, -1) as c (length) where octet_length(left(n.relation, c.length)) <= l.relation limit 1)
                      || '_' || (select left(n.attribute, c.length) from generate_series(length(n.attribute), 0, -1) as c (length) where octet_length(left(n.attribute, c.length)) <= l.attribute limit 1)
                      || '_not_null'
               from (
                   select case when octet_length(n.relation) <= 27 then 27 else greatest(27, 53 - octet_length(n.attribute)) end as relation,
                          case when octet_length(n.relation) <= 27 then 53 - octet_length(n.relation) else 26 end as attribute
               ) as l
           )
       end
from (select $1 as relation, $2 as attribute offset 0) as n
