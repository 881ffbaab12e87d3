-- Labels of subscriptions, which other databases see, stand by themselves; those on columns of a composite type are on its relation.
(
    select jsonb_strip_nulls(jsonb_build_object(
        'security_labels', jsonb_object_agg(l.provider, l.label) filter (where l.attribute is null),
        'column_labels', jsonb_agg(jsonb_build_object('name', l.attribute, 'provider', l.provider, 'label', l.label) order by convert_to(l.attribute, 'UTF8'), l.provider collate "C")
                         filter (where l.attribute is not null)))
    from (
        select s.provider, s.label, null::text as attribute
        from pg_catalog.pg_seclabel as s
        where s.classoid = {element}.classid
          and s.objoid = {element}.objid
          and s.objsubid = {element}.objsubid
        union all
        select s.provider, s.label, null
        from pg_catalog.pg_shseclabel as s
        where s.classoid = {element}.classid
          and s.objoid = {element}.objid
        union all
        select s.provider, s.label, quote_ident(a.attname)
        from pg_catalog.pg_attribute as a
        join pg_catalog.pg_seclabel as s on s.classoid = 'pg_catalog.pg_class'::regclass and s.objoid = a.attrelid and s.objsubid = a.attnum
        where {element}.object_type in ('view', 'materialized view', 'type', 'table', 'foreign table')
          and a.attrelid = case {element}.object_type
                               when 'type' then (select t.typrelid from pg_catalog.pg_type as t where t.oid = {element}.objid limit 1)
                               else {element}.objid
                           end
          and (a.attnum < 0 or {element}.object_type not in ('table', 'foreign table'))
    ) as l
)
|| case
    when {element}.object_type in ('table column', 'foreign table column')
        then (
            select case when count(*) > 0 then jsonb_build_object('sequence_labels', jsonb_object_agg(s.provider, s.label)) else '{}' end
            from pg_catalog.pg_depend as d
            join pg_catalog.pg_seclabel as s on s.classoid = d.classid and s.objoid = d.objid and s.objsubid = 0
            where d.refclassid = 'pg_catalog.pg_class'::regclass
              and d.refobjid = {element}.objid
              and d.refobjsubid = {element}.objsubid
              and d.classid = 'pg_catalog.pg_class'::regclass
              and d.deptype = 'i'
        )
    else '{}'
end
