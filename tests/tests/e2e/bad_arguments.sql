-- Calls every function that people call with what no argument should be, one argument at a time. What complains without saying what to
-- do ends in the table complaints.
create temporary table hostile (type text, value text);
insert into hostile
select 'text', v
from unnest(array[
    'null',
    '''''',
    ''' ''',
    'repeat(''x'',300)',
    'repeat(''é'',64)',
    'E''\\''',
    '''%''',
    '''[''',
    '''(''',
    'E''a\nb''',
    '(select string_agg(md5(i::text),'''') from generate_series(1,200) i)',
    '''"''',
    '''''''''',
    '''HEAD~99999999999''',
    '''HEAD~2147483648''',
    '''HEAD^99999999999999''',
    '''main@{99999999 years ago}''',
    '''main@{infinity}''',
    '''main@{}''',
    '''main@{x}''',
    '''.''',
    '''a..b''',
    '''a.b.c.d.e''',
    '''command.f(''',
    '''command.f(nosuch)''',
    '''command.t''',
    '''2.99999999999999999999999.0''',
    '''user=x host=/nonexistent''',
    '''@''',
    '''^''',
    '''~''',
    '''HEAD^{tree}''']) as v;
insert into hostile
select 'integer', v
from unnest(array[
    'null',
    '0',
    '(-1)',
    '2147483647',
    '(-2147483648)']) as v;
insert into hostile
select 'bigint', v
from unnest(array[
    'null',
    '0',
    '(-1)',
    '9223372036854775807',
    '(-9223372036854775808)']) as v;
insert into hostile
select 'boolean', v
from unnest(array[
    'null',
    'true',
    'false']) as v;
insert into hostile
select 'uuid', v
from unnest(array[
    'null',
    '''00000000-0000-0000-0000-000000000000''::uuid']) as v;
insert into hostile
select 'jsonb', v
from unnest(array[
    'null',
    '''1''',
    '''[]''',
    '''{}''',
    '''"x"''',
    '''null''',
    '''{"sql":1}''',
    '''{"base":1,"incoming":[]}''',
    '''{"a":{"b":null}}''']) as v;
insert into hostile
select 'text[]', v
from unnest(array[
    'null',
    '''{}''',
    '''{NULL}''',
    '''{""}''',
    'array[E''\\'']',
    'array[E''a\\'',''%'']',
    '''{{a,b},{c,d}}''',
    'array[repeat(''x'',3000)]',
    '''{select}''',
    '''{command,query}''']) as v;
insert into hostile
select 'oid', v
from unnest(array[
    'null',
    '0',
    '4294967295']) as v;
insert into hostile
select 'pggit.cqrs_change', v
from unnest(array[
    'null',
    'row(null,null,null,null)::pggit.cqrs_change',
    'row(''{}'',''{}'','''','''')::pggit.cqrs_change',
    'row(''{NULL}'',''{""}'',''x'',''y'')::pggit.cqrs_change',
    'row(''{select 1}'',null,repeat(''x'',5000),''1.0.0'')::pggit.cqrs_change']) as v;
insert into hostile
select 'interval', v
from unnest(array[
    'null',
    'interval ''0''',
    'interval ''-1 day''',
    'interval ''178000000 years''',
    'interval ''-178000000 years''',
    'interval ''300000 years''',
    'make_interval(days => 2147483647)']) as v;
insert into hostile
select 'interval', 'interval ''infinity'''
where current_setting('server_version_num')::int >= 170000;

create temporary table benign as
select *
from (values
    ('text', '''x'''), ('interval', 'interval ''1 hour'''), ('integer', '1'), ('bigint', '1'), ('boolean', 'false'), ('uuid', 'gen_random_uuid()'),
    ('jsonb', '''{}'''), ('text[]', '''{a}'''), ('oid', '''command.f(int)''::regprocedure::oid'), ('pggit.cqrs_change', 'null')) as v (type, value);
create temporary table complaints (complaint text);
create temporary table calls (made bigint);

do $$
declare
    called record;
    hostile_value record;
    arguments text;
    argument text;
    call text;
    state text;
    message text;
    hint text;
    made bigint := 0;
begin
    for called in
        select p.proname, p.pronargs, p.pronargs - p.pronargdefaults as required, string_to_array(oidvectortypes(p.proargtypes), ', ') as types, p.proargnames
        from pg_proc as p
        join pggit.access_levels() as l on l.function_name = p.proname
        where p.pronamespace = 'pggit'::regnamespace
    loop
        for i in 1 .. called.pronargs loop
            for hostile_value in select h.value from hostile as h where h.type = called.types[i] loop
                arguments := '';
                for k in 1 .. called.pronargs loop
                    continue when k > called.required and k <> i;
                    argument := case
                        when k = i then hostile_value.value
                        when called.proargnames[k] = 'function_signature' then '''command.f(integer)'''
                        when called.proargnames[k] = 'object' then '''command.t'''
                        when called.proargnames[k] ~ 'revision|branch' then '''HEAD'''
                        when called.proargnames[k] = 'conflict_type' then '''merge'''
                        when called.proargnames[k] = 'object_type' then '''table'''
                        when called.proargnames[k] = 'tool_name' then '''flyway'''
                        when called.proargnames[k] = 'materialized_view_name' then '''query.m'''
                        else (select b.value from benign as b where b.type = called.types[k])
                    end;
                    arguments := concat_ws(', ', nullif(arguments, ''), format('%s => (%s)::%s', called.proargnames[k], argument, called.types[k]));
                end loop;
                call := format('pggit.%s(%s)', called.proname, arguments);
                made := made + 1;
                begin
                    execute 'do $call$ begin perform * from ' || call || '; raise exception using errcode = ''ZZ000''; end $call$';
                exception
                    when others then
                        get stacked diagnostics state = returned_sqlstate, message = message_text, hint = pg_exception_hint;
                        if state <> 'ZZ000' and (hint = '' or state like 'XX%') then
                            insert into complaints values (left(call, 200) || ': ' || state || ' ' || left(message, 200));
                        end if;
                end;
            end loop;
        end loop;
    end loop;
    insert into calls values (made);
end
$$;
