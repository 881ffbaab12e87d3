-- Puts the older pgGit back where it was, and its triggers to what they were.
do $restore$
declare
    aside constant text := current_setting('pggit.aside');
    state jsonb;
    was jsonb;
    relation text;
    modes constant jsonb := '{"O": "enable", "R": "enable replica", "A": "enable always"}';
begin
    execute format('select a.state from %I.pggit_adoption as a', aside) into strict state;
    execute format('drop table %I.pggit_adoption, %I.pggit_adoption_lines', aside, aside);
    execute format('comment on schema %I is %L', aside, state ->> 'schema_comment');
    execute format('alter schema %I rename to pggit', aside);

    for was in select e from jsonb_array_elements(state -> 'triggers') as e loop
        -- a table that was dropped since took its trigger along; after a restore of the database only the name is the same
        select t.tgrelid::regclass::text into relation
        from pg_trigger as t
        join pg_proc as p on p.oid = t.tgfoid
        where t.tgname = was ->> 'name'
          and p.pronamespace = 'pggit'::regnamespace
          and (t.tgrelid::bigint = (was ->> 'relid')::bigint or t.tgrelid::regclass::text = was ->> 'relation')
        order by t.tgrelid::bigint = (was ->> 'relid')::bigint desc
        limit 1;
        continue when relation is null;
        execute format('comment on trigger %I on %s is %L', was ->> 'name', relation, was ->> 'comment');
        if modes ? (was ->> 'enabled') then
            execute format('alter table only %s %s trigger %I', relation, modes ->> (was ->> 'enabled'), was ->> 'name');
        end if;
    end loop;
    for was in select e from jsonb_array_elements(state -> 'event_triggers') as e loop
        continue when not exists (select from pg_event_trigger as t where t.evtname = was ->> 'name_aside');
        execute format('comment on event trigger %I is %L', was ->> 'name_aside', was ->> 'comment');
        if was ->> 'name' <> was ->> 'name_aside' then
            execute format('alter event trigger %I rename to %I', was ->> 'name_aside', was ->> 'name');
        end if;
        if modes ? (was ->> 'enabled') then
            execute format('alter event trigger %I %s', was ->> 'name', modes ->> (was ->> 'enabled'));
        end if;
    end loop;
end
$restore$;
