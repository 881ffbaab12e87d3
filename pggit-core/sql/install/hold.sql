-- Holds all of pgGit's relations. An install that waited for them would let everybody's DDL wait behind it: it asks again and again, and never
-- queues; for as long as lock_timeout says, or half a minute.
do $hold$
declare
    relations constant text := (
        select pg_catalog.string_agg(c.oid::pg_catalog.regclass::text, ', ' order by c.oid)
        from pg_catalog.pg_class as c
        where c.relnamespace = pg_catalog.to_regnamespace('pggit')
          and c.relkind in ('r', 'v'));
    until constant timestamptz := pg_catalog.clock_timestamp() + coalesce(nullif(pg_catalog.current_setting('lock_timeout'), '0'), '30s')::interval;
    holders text;
begin
    while relations is not null loop
        begin
            execute 'lock table ' || relations || ' in access exclusive mode nowait';
            exit;
        exception
            when lock_not_available then
                if pg_catalog.clock_timestamp() > until then
                    select pg_catalog.string_agg(distinct coalesce(pg_catalog.format('session %s', l.pid), 'a prepared transaction (see pg_prepared_xacts)')
                                                 || coalesce(' (' || nullif(pg_catalog.concat_ws(', ', a.usename, nullif(a.application_name, ''), a.state), '') || ')', ''), '; ')
                    into holders
                    from pg_catalog.pg_locks as l
                    join pg_catalog.pg_class as c on c.oid = l.relation and c.relnamespace = 'pggit'::pg_catalog.regnamespace
                    left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
                    where l.granted
                      and l.pid is distinct from pg_catalog.pg_backend_pid()
                      and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database());
                    raise exception 'pgGit is in use: %', coalesce(holders, 'a transaction that is open has changed the schema or looked into the history')
                        using errcode = 'lock_not_available',
                              hint = 'Run this again when their transactions have ended. Nothing was touched.';
                end if;
                perform pg_catalog.pg_sleep(0.1);
        end;
    end loop;
end
$hold$;
