-- A definition without what goes with temporary objects while the element stays: the default of a column, attributes of a composite type.
case
    when {element}.definition ? 'default' and exists (
        select from pg_catalog.pg_attrdef as a
        where a.adrelid = {element}.objid
          and a.adnum = {element}.objsubid
          and {bound} ? pg_catalog.format('%s %s 0', 'pg_catalog.pg_attrdef'::pg_catalog.regclass::oid, a.oid))
        then {element}.definition - 'default'
    when {element}.definition ? 'attributes'
        then {element}.definition || pg_catalog.jsonb_build_object('attributes', (
            select coalesce(pg_catalog.jsonb_agg(p.item order by p.place), '[]')
            from pg_catalog.jsonb_array_elements({element}.definition -> 'attributes') with ordinality as p (item, place)
            where not exists (
                select from pg_catalog.pg_type as t
                join pg_catalog.pg_attribute as a on a.attrelid = t.typrelid
                where t.oid = {element}.objid
                  and pg_catalog.quote_ident(a.attname) = p.item ->> 'name'
                  and {bound} ? pg_catalog.format('%s %s %s', 'pg_catalog.pg_class'::pg_catalog.regclass::oid, t.typrelid, a.attnum))))
    else {element}.definition
end
