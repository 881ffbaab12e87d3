-- Privileges on columns that are no elements: the system columns of tables and materialized views, all columns of sequences.
(
    select coalesce(jsonb_object_agg(p.property, p.columns), '{}')
    from (
        select case {element}.object_type
                   when 'sequence' then 'columns'
                   when 'table column' then 'sequence_columns'
                   when 'foreign table column' then 'sequence_columns'
                   else 'system_columns'
               end as property,
               jsonb_agg(jsonb_build_object(
                   'name', quote_ident(a.attname),
                   'privileges', (select jsonb_agg(i.item order by convert_to(i.item, 'UTF8')) from unnest(a.attacl::text[]) as i (item))
               ) order by a.attname collate "C") as columns
        from pg_catalog.pg_attribute as a
        where a.attrelid = case
                  when {element}.object_type in ('table', 'foreign table', 'materialized view', 'sequence') then {element}.objid
                  when {element}.object_type in ('table column', 'foreign table column')
                      then (
                          select d.objid
                          from pg_catalog.pg_depend as d
                          where d.refclassid = 'pg_catalog.pg_class'::regclass
                            and d.refobjid = {element}.objid
                            and d.refobjsubid = {element}.objsubid
                            and d.classid = 'pg_catalog.pg_class'::regclass
                            and d.deptype = 'i')
              end
          and (a.attnum < 0 or {element}.object_type not in ('table', 'foreign table', 'materialized view'))
          and a.attacl is not null
    ) as p
    where p.columns is not null
)
