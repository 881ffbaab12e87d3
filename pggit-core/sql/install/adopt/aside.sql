-- Moves a pgGit that is written in SQL aside: its event triggers are switched off, and so are its triggers on other people's tables;
-- its schema gets another name. What it was like is written down, so that it can be put back.
do $aside$
declare
    aside constant text := current_setting('pggit.aside');
    state jsonb;
    found_trigger jsonb;
begin
    select jsonb_build_object(
               'schema_comment', obj_description('pggit'::regnamespace, 'pg_namespace'),
               'event_triggers', coalesce((
                   select jsonb_agg(
                       jsonb_build_object(
                           'name', t.evtname,
                           'name_aside', case when t.evtname in ('pggit_ddl_command_end', 'pggit_sql_drop') then t.evtname || '_aside' else t.evtname end,
                           'enabled', t.evtenabled,
                           'comment', obj_description(t.oid, 'pg_event_trigger'))
                       order by t.evtname)
                   from pg_event_trigger as t
                   join pg_proc as p on p.oid = t.evtfoid
                   where p.pronamespace = 'pggit'::regnamespace), '[]'),
               'triggers', coalesce((
                   select jsonb_agg(
                       jsonb_build_object(
                           'relid', t.tgrelid::bigint,
                           'relation', t.tgrelid::regclass::text,
                           'name', t.tgname,
                           'enabled', t.tgenabled,
                           'comment', obj_description(t.oid, 'pg_trigger'))
                       order by t.tgrelid, t.tgname)
                   from pg_trigger as t
                   join pg_proc as p on p.oid = t.tgfoid
                   join pg_class as c on c.oid = t.tgrelid
                   where p.pronamespace = 'pggit'::regnamespace
                     and c.relnamespace <> 'pggit'::regnamespace
                     and not t.tgisinternal), '[]'))
    into state;

    -- Off first, so that none of them sees what follows.
    for found_trigger in select e from jsonb_array_elements(state -> 'event_triggers') as e loop
        execute format('alter event trigger %I disable', found_trigger ->> 'name');
        if found_trigger ->> 'name' <> found_trigger ->> 'name_aside' then
            execute format('alter event trigger %I rename to %I', found_trigger ->> 'name', found_trigger ->> 'name_aside');
        end if;
        execute format('comment on event trigger %I is %L', found_trigger ->> 'name_aside', 'An older pgGit, switched off @pggit:ignore');
    end loop;
    for found_trigger in select e from jsonb_array_elements(state -> 'triggers') as e loop
        execute format('alter table only %s disable trigger %I', found_trigger ->> 'relation', found_trigger ->> 'name');
        execute format('comment on trigger %I on %s is %L', found_trigger ->> 'name', found_trigger ->> 'relation', 'An older pgGit, switched off @pggit:ignore');
    end loop;

    execute format('alter schema pggit rename to %I', aside);
    execute format('comment on schema %I is %L', aside, 'An older pgGit, moved aside and switched off: pggit install --restore puts it back @pggit:ignore');
    execute format(
        'create table %I.pggit_adoption (adopted_at timestamptz not null default now(), adopted_by text not null default session_user, state jsonb not null)',
        aside);
    execute format('insert into %I.pggit_adoption (state) values ($1)', aside) using state;
    execute format(
        'create table %I.pggit_adoption_lines (line_number int generated always as identity primary key, what text not null, imported bigint not null, left_out bigint not null, note text)',
        aside);
end
$aside$;
