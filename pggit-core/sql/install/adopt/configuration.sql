-- Its rules. A higher priority comes first; what cannot be a rule is named.
do $configuration$
declare
    rule record;
    accepted jsonb := '{}';
    list text;
    kept bigint := 0;
    problems text[] := '{}';
begin
    for rule in
        select lower((r ->> 'config_type') collate "C") as config_type, lower((r ->> 'action') collate "C") as action, r ->> 'pattern' as pattern
        from pggit.aside_rows('tracking_config') as r
        order by pggit.aside_number(r ->> 'priority') desc nulls last, pggit.aside_number(r ->> 'config_id')
    loop
        list := rule.action || '_' || rule.config_type;
        begin
            if list is null or list not in ('track_schema', 'ignore_schema', 'track_operation', 'ignore_operation', 'ignore_pattern') then
                raise exception 'there are no rules to % a %', coalesce(rule.action, 'null'), coalesce(rule.config_type, 'null')
                    using errcode = 'invalid_parameter_value';
            end if;
            perform pggit.check_pattern(rule.pattern);
            if rule.config_type = 'operation' then
                perform pggit.check_operation(rule.pattern);
            end if;
            if rule.config_type = 'schema' and rule.pattern = 'pggit' then
                raise exception 'pgGit does not track itself' using errcode = 'invalid_parameter_value';
            end if;
            if coalesce(accepted -> list, '[]') @> to_jsonb(rule.pattern) then
                raise exception 'it is there twice' using errcode = 'invalid_parameter_value';
            end if;
            accepted := accepted || jsonb_build_object(list, coalesce(accepted -> list, '[]') || to_jsonb(rule.pattern));
            kept := kept + 1;
        exception
            when invalid_parameter_value then
                problems := problems || format('%s: %s', coalesce(rule.pattern, 'null'), sqlerrm);
        end;
    end loop;
    if accepted <> '{}' then
        perform pggit.configure_tracking(
            pggit.aside_texts(accepted -> 'track_schema'), pggit.aside_texts(accepted -> 'ignore_schema'),
            pggit.aside_texts(accepted -> 'track_operation'), pggit.aside_texts(accepted -> 'ignore_operation'));
        perform pggit.set_ignore_patterns(pggit.aside_texts(accepted -> 'ignore_pattern'));
    end if;
    perform pggit.aside_note('configuration', kept, cardinality(problems), pggit.aside_list(problems));
end
$configuration$;
