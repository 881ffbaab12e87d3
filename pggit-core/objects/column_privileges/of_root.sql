(exists (select from pg_catalog.pg_attribute as a where a.attrelid = r.oid and a.attacl is not null)
                or exists (
                    select
                    from pg_catalog.pg_depend as d
                    join pg_catalog.pg_attribute as a on a.attrelid = d.objid and a.attacl is not null
                    where d.refclassid = 'pg_catalog.pg_class'::regclass
                      and d.refobjid = r.oid
                      and d.classid = 'pg_catalog.pg_class'::regclass
                      and d.deptype = 'i'))