-- The privileges on a relation in the order of their bytes: all that there are up to 16 is all that there are from 17 on, with MAINTAIN.
select jsonb_agg(i.item order by convert_to(i.item, 'UTF8'))
from (
    select case
               when current_setting('server_version_num')::int < 170000
                   then replace(replace(p.item, '=arwdDxt/', '=arwdDxtm/'), '=a*r*w*d*D*x*t*/', '=a*r*w*d*D*x*t*m*/')
               else p.item
           end as item
    from unnest($1::text[]) as p (item)
) as i
