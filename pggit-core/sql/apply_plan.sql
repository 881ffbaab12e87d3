-- What alters an element from one recorded definition to another, from the grammar: `alter` says how a property is set and reset in
-- place, `set` how it is set. A property that neither covers cannot be altered in place.

-- The items of a list or the entries of an object, each as an object by itself, with what it is told apart by.
create or replace function pggit.definition_items(in_value jsonb)
returns table (ord bigint, key text, item jsonb)
language sql
immutable parallel safe
as $$
    select a.ord, coalesce(a.value ->> 'name', a.value ->> 'table', a.value #>> '{}'),
           case jsonb_typeof(a.value) when 'object' then a.value else jsonb_build_object('value', a.value) end
    from jsonb_array_elements(case jsonb_typeof(in_value) when 'array' then in_value else '[]' end) with ordinality as a (value, ord)
    union all
    select row_number() over (), o.key, jsonb_build_object('key', o.key, 'value', o.value)
    from jsonb_each(case jsonb_typeof(in_value) when 'object' then in_value else '{}' end) as o
$$;
comment on function pggit.definition_items(jsonb) is 'The items of a property that is a list or an object';

-- How lists of options (name=value) differ: added, changed, lost (names), and gained, which is what SET has to name. It puts that at the
-- end, so from the first on that the old list does not have there all are set.
create or replace function pggit.option_differences(in_was jsonb, in_is jsonb)
returns jsonb
language sql
immutable parallel safe
as $$
    with lists as (
        select p.key as property, i.item, i.ord, split_part(i.item, '=', 1) as name, p.is_new
        from (
            select key, value, false as is_new from jsonb_each(coalesce(in_was, '{}'))
            union all
            select key, value, true from jsonb_each(in_is)
        ) as p
        cross join lateral jsonb_array_elements_text(case when jsonb_typeof(p.value) = 'array' and not jsonb_path_exists(p.value, 'strict $[*] ? (@.type() != "string")') then p.value else '[]' end) with ordinality as i (item, ord)
    ),
    differing as (
        select case when w.name is null then 'added' when n.name is null then 'lost' else 'changed' end as list,
               coalesce(n.property, w.property) as property,
               case when n.name is null then w.name else n.item end as item
        from (select * from lists where not is_new) as w
        full join (select * from lists where is_new) as n on n.property = w.property and n.name = w.name
        where n.item is distinct from w.item
    ),
    placed as (
        select n.property, n.item, n.ord, w.ord is null or w.ord < lag(w.ord) over (partition by n.property order by n.ord) as is_moved
        from lists as n
        left join lists as w on not w.is_new and w.property = n.property and w.item = n.item
        where n.is_new
    ),
    gained as (
        select p.property, p.item, p.ord, bool_or(p.is_moved) over (partition by p.property order by p.ord) as is_set
        from placed as p
    )
    select coalesce(jsonb_object_agg(l.list, l.properties), '{}')
    from (
        select g.list, jsonb_object_agg(g.property, g.items) as properties
        from (
            select d.list, d.property, jsonb_agg(d.item order by d.item) as items from differing as d group by d.list, d.property
            union all
            select 'gained', p.property, jsonb_agg(p.item order by p.ord) from gained as p where p.is_set group by p.property
        ) as g
        group by g.list
    ) as l
$$;
comment on function pggit.option_differences(jsonb, jsonb) is 'Which options two definitions differ in, by property';

-- Everything that a grammar's templates may ask of an element.
create or replace function pggit.element_scope(
    in_grammar jsonb, in_object_identity text, in_definition jsonb, in_was jsonb, in_parent_type text, in_parent_identity text, in_parent_definition jsonb)
returns jsonb
language sql
stable
as $$
    select in_definition
           || jsonb_strip_nulls(jsonb_build_object(
               'identity', in_object_identity,
               'name', case
                   when right(in_object_identity, length(in_parent_identity) + 4) = ' on ' || in_parent_identity then left(in_object_identity, -(length(in_parent_identity) + 4))
                   when in_grammar ? 'add' then substr(in_object_identity, length(in_parent_identity) + 2)
                   when s.schema is not null then pggit.ddl_path(substr(in_object_identity, length(s.schema) + 2))
                   else in_object_identity
               end,
               'parent', in_parent_identity,
               'schema', s.schema,
               'view', case when in_parent_type in ('view', 'materialized view') then true end,
               'address', pggit.render(in_grammar ->> 'address', in_definition || jsonb_build_object('identity', in_object_identity, '', in_definition)),
               'owner', coalesce(in_definition ->> 'owner', in_parent_definition ->> 'owner')))
           || pggit.option_differences(in_was, in_definition)
           || jsonb_build_object('', in_definition, 'was', coalesce(in_was, '{}'), '*', coalesce(in_grammar -> 'parts', '{}'))
    from (select substring(coalesce(in_parent_identity, in_object_identity) from '^((?:"(?:[^"]|"")*"|[^." (])+)\.') as schema) as s
$$;
comment on function pggit.element_scope(jsonb, text, jsonb, jsonb, text, text, jsonb) is 'What templates of the grammar may ask of an element: its definition, names, owner, and what it was';

-- GRANT adds and REVOKE takes away; so first to what the object would have if it were new, then on from there.
create or replace function pggit.regrant_statements(in_rule jsonb, in_scope jsonb, in_was jsonb, in_is jsonb)
returns setof text
language plpgsql
stable
as $$
declare
    class text := pggit.render(in_rule ->> 'class', in_scope);
    target_on text := pggit.render(in_rule ->> 'grants', in_scope);
    prefix text := coalesce(pggit.render(in_rule ->> 'prefix', in_scope), '');
    owner text := coalesce(in_scope ->> 'owner', in_scope ->> 'role');
    in_column text := case class when 'c' then in_scope ->> 'name' end;
    letter text := case class when 'tables' then 'r' when 'sequences' then 's' when 'functions' then 'f' when 'types' then 'T' when 'schemas' then 'n' else class end;
    fresh jsonb := case when in_column is null and prefix not like '% in schema %' and letter <> 'large objects'
        then case letter
            when 'r' then pggit.table_privileges(acldefault('r', to_regrole(quote_ident(owner))))
            else (select jsonb_agg(a.item::text) from unnest(acldefault(letter::"char", to_regrole(quote_ident(owner)))) as a (item))
        end else '[]' end;
begin
    -- what was passed on goes along, and is granted again with the rest; what is not named stays, on columns too
    return query
        select case when g.grantor = owner then r.statement else format(E'set session authorization %I;\n%s;\nreset session authorization', g.grantor, r.statement) end
        from pggit.acl_grants(coalesce(in_was, fresh)) as g
        cross join lateral (
            select prefix || 'revoke ' || pggit.privilege_names(replace(g.letters, '*', ''), false, in_column) || ' on ' || target_on
                   || ' from ' || case g.grantee when '' then 'public' else quote_ident(g.grantee) end || case prefix when '' then ' cascade' else '' end as statement
        ) as r
        where g.letters <> ''
          -- on a column also by whoever may pass on the privilege on the table
          and (g.grantor = owner or g.grantor not in (select o.grantee from pggit.acl_grants(in_was) as o))
        order by g.ord;
    return query
        select prefix || 'grant all on ' || target_on || ' to ' || case g.grantee when '' then 'public' else quote_ident(g.grantee) end
        from pggit.acl_grants(fresh) as g
        where g.grantee <> '' or letter in ('f', 'l', 'T')
        order by g.ord;
    return query
        select s
        from pggit.grant_statements(coalesce(in_is, fresh), class, target_on, owner, prefix, in_column) as s
        where target_on <> 'schema public' or s <> 'revoke all on schema public from public';
end
$$;
comment on function pggit.regrant_statements(jsonb, jsonb, jsonb, jsonb) is 'The statements that change the privileges on an object from one list to another';

-- What a rule says where a property has gone: its own words, or a comment that is null.
create or replace function pggit.absent_statement(in_rule jsonb, in_scope jsonb)
returns text
language sql
stable
as $$
    select pggit.render(coalesce(in_rule ->> 'absent', case when in_rule ->> 'statement' like 'comment on %:literal}' then regexp_replace(in_rule ->> 'statement', '\{\w+:literal\}$', 'null') end), in_scope)
$$;
comment on function pggit.absent_statement(jsonb, jsonb) is 'The statement that takes a property away';

create or replace function pggit.item_statements(in_rules jsonb[], in_scope jsonb, in_was jsonb, in_is jsonb)
returns setof text
language plpgsql
stable
as $$
declare
    alter_rule jsonb := (select r from unnest(in_rules) as r where r ? 'lost' or r ? 'added' limit 1);
    set_rule jsonb := (select r from unnest(in_rules) as r where r ? 'statement' and not r ? 'lost' limit 1);
    rule jsonb;
    pair record;
    scope jsonb;
    property text;
begin
    -- items that rest on each other: all are taken back, the last first, and all that there are to be are made
    if coalesce((alter_rule ->> 'whole')::boolean, false) then
        return query
            select pggit.render(r.rule ->> 'lost', in_scope || i.item)
            from unnest(in_rules) with ordinality as r (rule, ord)
            cross join pggit.definition_items(in_was) as i
            where r.rule ? 'lost'
            order by r.ord, i.ord desc;
        return query
            select pggit.render(r.rule ->> 'statement', in_scope || i.item)
            from unnest(in_rules) with ordinality as r (rule, ord)
            cross join pggit.definition_items(in_is) as i
            where r.rule ? 'statement'
            order by r.ord, i.ord;
        return;
    end if;
    for pair in
        select w.item as was, n.item as item, lag(coalesce(n.key, w.key)) over (order by n.ord) as previous, n.ord
        from pggit.definition_items(in_was) as w
        full join pggit.definition_items(in_is) as n on n.key = w.key
        order by n.ord nulls first, w.ord
    loop
        continue when pair.was is not distinct from pair.item;
        scope := in_scope || coalesce(pair.item, pair.was) || jsonb_strip_nulls(jsonb_build_object('previous', case when pair.ord > 1 then pair.previous end));
        -- an item that is known by its name and differs in what can be set on it; one that is only there for its privileges comes and goes
        if alter_rule is null and (set_rule is null or pair.was is not null and pair.item is not null) then
            foreach rule in array in_rules loop
                property := rule ->> 'property';
                continue when pair.was -> property is not distinct from pair.item -> property;
                if rule ? 'grants' then
                    return query select s from pggit.regrant_statements(rule, scope, pair.was -> property, pair.item -> property) as s;
                elsif pair.item ? property and rule ? 'statement' then
                    return next pggit.render(rule ->> 'statement', in_scope - property || pair.item);
                elsif not pair.item ? property then
                    return next pggit.absent_statement(rule, in_scope - property || pair.item);
                end if;
            end loop;
        else
            if pair.was is not null and alter_rule ? 'lost' then
                return next pggit.render(alter_rule ->> 'lost', in_scope || pair.was);
            end if;
            if pair.item is not null then
                return next pggit.render(coalesce(alter_rule ->> 'added', set_rule ->> 'statement'), scope);
            end if;
        end if;
    end loop;
end
$$;
comment on function pggit.item_statements(jsonb[], jsonb, jsonb, jsonb) is 'The statements that change a property that is a list or an object, item by item';

-- An error names the first property that nothing alters.
create or replace function pggit.alter_statements(in_grammar jsonb, in_scope jsonb, in_was jsonb, in_is jsonb)
returns table (statement text, converts boolean)
language plpgsql
stable
as $$
declare
    rule jsonb;
    rules jsonb[] := array(
        select r.value
        from (
            select value, ord, 0 as list from jsonb_array_elements(coalesce(in_grammar -> 'alter', '[]')) with ordinality as a (value, ord)
            union all
            select value, ord, 1 from jsonb_array_elements(coalesce(in_grammar -> 'set', '[]')) with ordinality as s (value, ord)
        ) as r
        where coalesce((r.value ->> 'from')::int, 0) <= current_setting('server_version_num')::int
        order by r.value ->> 'property' is distinct from 'owner', r.list, r.ord);
    differing text[] := array(
        select k.key from (select jsonb_object_keys(in_was || in_is)) as k (key) where in_was -> k.key is distinct from in_is -> k.key order by k.key);
    covered text[] := '{}';
    subject text;
    subjects text[];
    found_one boolean;
begin
    foreach rule in array rules loop
        if rule ? 'each' then
            subject := rule ->> 'each';
            continue when not subject = any (differing) or subject = any (covered);
            found_one := false;
            for statement in
                select s
                from pggit.item_statements(array(select r from unnest(rules) as r where r ->> 'each' = subject), in_scope, in_was -> subject, in_is -> subject) as s
            loop
                continue when statement is null;
                converts := false;
                found_one := true;
                return next;
            end loop;
            if found_one then
                covered := covered || subject;
            end if;
            continue;
        end if;
        subjects := case jsonb_typeof(rule -> 'property') when 'array' then array(select jsonb_array_elements_text(rule -> 'property')) else array[rule ->> 'property'] end;
        continue when not subjects && differing;
        subject := subjects[1];
        -- what `alter` says goes before what `set` says
        continue when not rule ? 'grants' and subjects <@ covered and exists (select from jsonb_array_elements(in_grammar -> 'set') as s (value) where s.value = rule);
        converts := coalesce((rule ->> 'converts')::boolean, false);
        if rule ? 'grants' then
            return query select s, false from pggit.regrant_statements(rule, in_scope, in_was -> subject, in_is -> subject) as s where s is not null;
            covered := covered || subject;
            continue;
        end if;
        statement := pggit.render(rule ->> 'statement', in_scope);
        if statement is null and not in_is ? subject then
            statement := pggit.absent_statement(rule, in_scope);
        end if;
        if statement is not null then
            covered := covered || subjects;
            return next;
        end if;
    end loop;
    -- what comes and goes with another property
    covered := covered || case when 'identity' = any (covered) then array['identity_sequence', 'sequence_persistence', 'sequence_privileges', 'sequence_comment', 'sequence_columns', 'sequence_labels'] else '{}' end
                       || case when 'type' = any (covered) then array['collation', 'storage', 'compression'] else '{}' end
                       || case when 'generated' = any (covered) then array['default'] else '{}' end;
    select d into subject from unnest(differing) as d where d <> all (covered) limit 1;
    if found then
        raise exception 'nothing alters its % in place', subject
            using errcode = 'feature_not_supported';
    end if;
end
$$;
comment on function pggit.alter_statements(jsonb, jsonb, jsonb, jsonb) is 'The statements that alter an element from one definition to another, in place; an error where it cannot be done';
