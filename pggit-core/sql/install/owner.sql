-- What another role has just replaced belongs to the owner of the schema again, whose tables the functions write.
do $owner$
declare
    owner constant regrole := (select n.nspowner from pg_namespace as n where n.nspname = 'pggit');
    statement text;
begin
    for statement in
        select format('alter routine %s owner to %s', p.oid::regprocedure, owner)
        from pg_proc as p
        where p.pronamespace = 'pggit'::regnamespace
          and p.proowner <> owner
        union all
        select format('alter view %s owner to %s', c.oid::regclass, owner)
        from pg_class as c
        where c.relnamespace = 'pggit'::regnamespace
          and c.relkind = 'v'
          and c.relowner <> owner
        union all
        select format('alter table %s owner to %s', c.oid::regclass, owner)
        from pg_class as c
        where c.relnamespace = 'pggit'::regnamespace
          and c.relkind = 'r'
          and c.relowner <> owner
    loop
        execute statement;
    end loop;
end
$owner$;
