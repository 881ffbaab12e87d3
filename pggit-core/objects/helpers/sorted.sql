-- The items of an array in the order of their bytes: privileges and the options of foreign objects have no order, and are kept in one.
select jsonb_agg(i.item order by convert_to(i.item, 'UTF8'))
from unnest($1) as i (item)
