-- In sessions that replicate, and in those only.
do $replication$
declare
    name text;
begin
    for name in select c.relname from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r' loop
        execute format('create or replace trigger skip_replicated before insert or update or delete on pggit.%I for each row execute function pggit.skip_replicated()', name);
        execute format('alter table pggit.%I enable replica trigger skip_replicated', name);
    end loop;
end
$replication$;
