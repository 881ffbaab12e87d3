-- Capture: what an event trigger writes. Append only, no lock that another session could want, no error that reaches the client.
--
-- The functions here and in fold.sql that others call run inside the definer's functions behind the triggers, and inherit their
-- settings: a pinned search_path, and plans made once (force_generic_plan) that use indexes, for a plan that was made while a
-- table was empty would scan it for ever. A SET clause on each of them would cost more than its work.

-- What is known of a root's elements before this command: HEAD's state, overlaid with what is staged.
create or replace function pggit.known_elements(in_classid oid, in_objid oid)
returns jsonb
language plpgsql
stable
as $$
declare
    known jsonb;
begin
    select jsonb_object_agg(k.object_type || ' ' || k.object_identity, k.state order by k.place)
    into known
    from (
        select e.object_type, e.object_identity, jsonb_build_array(e.definition_id, e.classid, e.objid, e.objsubid) as state, 0 as place
        from pggit.elements as e
        where e.root_objid = in_objid
          and e.root_classid = in_classid
        union all
        select s.object_type, s.object_identity, case when not s.gone then jsonb_build_array(s.definition_id, s.classid, s.objid, s.objsubid) end, s.staged_id
        from pggit.staged_changes as s
        where s.root_objid = in_objid
          and s.root_classid = in_classid
    ) as k;
    return case when known is null then '{}' else jsonb_strip_nulls(known) end;
end
$$;
comment on function pggit.known_elements(oid, oid) is 'The elements of a root as last recorded, by object key: definition id and address of each';

-- Whether an object is to be staged: null where it cannot be tracked at all, false where a rule or a directive says no.
create or replace function pggit.root_decision(in_classid oid, in_objid oid, in_command_tag text, in_rules jsonb)
returns boolean
language plpgsql
as $$
declare
    scope record;
begin
    scope := pggit.root_scope(in_classid, in_objid);
    if not coalesce(scope.eligible, false) then
        return null;
    end if;
    return (in_rules = '{}' and (scope.root_comment like '%@pggit%') is not true and (scope.schema_comment like '%@pggit%') is not true)
        or pggit.root_is_tracked(in_classid, in_objid, scope.schema_name, in_command_tag, scope.root_comment, scope.schema_comment, in_rules);
end
$$;
comment on function pggit.root_decision(oid, oid, text, jsonb) is 'Whether an object is tracked, by the rules and the directives in comments; null for what cannot be';

-- PostgreSQL locks the tables under a view to print it, and until the transaction ends: others would wait for us. What a subtransaction has
-- locked is free again when it is undone.
create or replace function pggit.read_and_release(in_classid oid, in_objid oid)
returns pggit.element_state[]
language plpgsql
as $$
declare
    found_elements pggit.element_state[];
begin
    found_elements := array(select e from pggit.read_root(in_classid, in_objid) as e);
    raise sqlstate 'PGGIT';
exception
    when sqlstate 'PGGIT' then
        return found_elements;
end
$$;
comment on function pggit.read_and_release(oid, oid) is 'Reads a root with its elements from the catalogs, and keeps no lock';

-- Compares a root's elements in the catalogs with what is known of them and stages the differences.
-- in_isolated: our own tables must not be read (REPEATABLE READ would read the past, SERIALIZABLE would conflict), so all is staged,
-- and whoever folds it reads the root again, for even the catalogs show such a transaction a mixture of past and present. Gives the addresses that others may depend on under another name than before.
create or replace function pggit.stage_root(
    in_classid oid,
    in_objid oid,
    in_command_tag text,
    in_origin text,
    in_rules jsonb,
    in_isolated boolean,
    in_transaction_id xid8,
    in_statement_at timestamptz,
    in_sent pggit.sent_statement,
    out staged_count int,
    out renamed jsonb
)
language plpgsql
as $$
declare
    known jsonb := '{}';
    found_elements pggit.element_state[];
    seen text[];
    gone_count int;
    is_tracked constant boolean := pggit.root_decision(in_classid, in_objid, in_command_tag, in_rules);
begin
    staged_count := 0;
    if in_isolated and (is_tracked is not true and in_command_tag like 'ALTER %' or in_classid = 'pg_init_privs'::regclass) then
        -- it may be known under another name, or be read by others, or be what it was at first: whoever folds has to look
        insert into pggit.staged_changes (
            transaction_id, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid,
            command_tag, statement_at, read_again, sent)
        values (
            in_transaction_id, true, 'unseen', in_classid || ' ' || in_objid, 'unseen ' || in_classid || ' ' || in_objid,
            in_classid, in_objid, 0, in_classid, in_objid, in_command_tag, in_statement_at, true, pggit.with_statement(in_sent));
        staged_count := 1;
    end if;
    if is_tracked is null and in_isolated then
        return;
    end if;
    if not is_tracked and in_classid <> 'pg_init_privs'::regclass then
        perform pggit.unstage_root(in_classid, in_objid, in_transaction_id);
    end if;
    if not in_isolated then
        known := pggit.known_elements(in_classid, in_objid);
        if known = '{}' and in_command_tag like 'ALTER %' then
            -- nobody knows what it was called before: whoever reads it may read differently now
            renamed := jsonb_build_array(jsonb_build_array(in_classid::bigint, in_objid::bigint, 0));
        end if;
    end if;

    if is_tracked is not null then
        found_elements := pggit.read_and_release(in_classid, in_objid);
    end if;
    if known <> '{}' and in_command_tag like 'ALTER %' then
        -- nor what those parts were called that are not followed
        select jsonb_agg(jsonb_build_array(c.classid::bigint, c.objid::bigint, c.objsubid))
        into renamed
        from unnest(found_elements) as c
        where (not is_tracked or c.definition ->> 'comment' like '%@pggit%')
          and not exists (
              select from jsonb_each(known) as k
              where k.value -> 1 = to_jsonb(c.classid::bigint) and k.value -> 2 = to_jsonb(c.objid::bigint) and k.value -> 3 = to_jsonb(c.objsubid));
    end if;
    with current_elements as materialized (
        select e.*,
               e.object_type || ' ' || e.object_identity as element_key,
               pggit.sha256_hex(e.definition::text) as definition_id
        from unnest(found_elements) as e
    ),
    fresh as (
        insert into pggit.staged_changes (
            transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
            root_classid, root_objid, position, definition_id, known_definition_id, definition, dependencies, command_tag, statement_at, read_again, seen_by, sent)
        select in_transaction_id, in_origin, false, c.object_type, c.object_identity, c.schema_name, coalesce(c.parent_key, c.element_key),
               c.classid, c.objid, c.objsubid, c.root_classid, c.root_objid, c.position, t.definition_id, known -> c.element_key ->> 0,
               case when t.is_followed then c.definition else pggit.recorded_definition(t.definition_id) end, c.dependencies,
               in_command_tag, in_statement_at, in_isolated, case when in_isolated then pg_current_snapshot() end, case when row_number() over () = 1 then pggit.with_statement(in_sent) end
        from current_elements as c
        cross join lateral (
            select f.is_followed, case when f.is_followed then c.definition_id else known -> c.element_key ->> 0 end as definition_id
            from (select coalesce(case when c.definition ? 'comment' then pggit.directive_of(c.definition ->> 'comment', c.object_type) end, is_tracked)) as f (is_followed)
        ) as t
        -- what is not followed and was made again stays as it was, and is where it is now
        where known -> c.element_key is distinct from jsonb_build_array(t.definition_id, c.classid, c.objid, c.objsubid)
          and (t.is_followed or known ? c.element_key)
        returning 1
    )
    select coalesce(array_agg(c.element_key), '{}'), staged_count + (select count(*) from fresh)
    into seen, staged_count
    from current_elements as c;

    known := known - seen;
    if known = '{}' then
        return;
    end if;
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid,
        known_definition_id, command_tag, statement_at, sent)
    select in_transaction_id, in_origin, true, e.object_type, e.object_identity, e.object_key,
           e.classid, e.objid, e.objsubid, in_classid, in_objid, known -> (e.object_type || ' ' || e.object_identity) ->> 0, in_command_tag, in_statement_at,
           case when staged_count = 0 and row_number() over () = 1 then pggit.with_statement(in_sent) end
    from (
        select e.object_type, e.object_identity, e.object_key, e.classid, e.objid, e.objsubid, 0 as place
        from pggit.elements as e
        where e.root_objid = in_objid
          and e.root_classid = in_classid
        union all
        select s.object_type, s.object_identity, s.object_key, s.classid, s.objid, s.objsubid, max(s.staged_id)
        from pggit.staged_changes as s
        where s.root_objid = in_objid
          and s.root_classid = in_classid
          and not s.gone
        group by s.object_type, s.object_identity, s.object_key, s.classid, s.objid, s.objsubid
    ) as e
    where known -> (e.object_type || ' ' || e.object_identity) = known -> (e.object_type || ' ' || e.object_identity)
      and (known -> (e.object_type || ' ' || e.object_identity) ->> 2)::bigint = e.objid::bigint
      and (known -> (e.object_type || ' ' || e.object_identity) ->> 3)::int = e.objsubid
      -- its parts went with a root that was dropped: under their names there may be others by now
      and not exists (
          select from pggit.staged_changes as g
          where g.root_objid = in_objid
            and g.root_classid = in_classid
            and g.objid = in_objid
            and g.classid = in_classid
            and g.objsubid = 0
            and g.gone
            and g.object_type = any (pggit.root_types())
            and g.object_key = e.object_key
            and g.staged_id > e.place
      );
    get diagnostics gone_count = row_count;
    staged_count := staged_count + gone_count;

    -- A name that is gone while its address lives on is a rename: whatever depends on the address may read differently now.
    select coalesce(renamed, '[]') || jsonb_agg(jsonb_build_array(g.value -> 1, g.value -> 2, g.value -> 3))
    into renamed
    from jsonb_each(known) as g;
end
$$;
comment on function pggit.stage_root(oid, oid, text, text, jsonb, boolean, xid8, timestamptz, pggit.sent_statement) is 'Stages how a root and its elements differ from what is known of them';

-- An event trigger of somebody's that heard of the drop first may have made the like of what was dropped, and that is staged already.
create or replace function pggit.place_before_heir(
    in_object_type text, in_identity text, in_classid oid, in_objid oid, in_address_names text[], in_address_args text[])
returns bigint
language plpgsql
as $$
declare
    heir oid;
begin
    if pggit.is_isolated() then
        return null;
    end if;
    begin
        heir := case in_classid
                    when 'pg_class'::regclass then to_regclass(in_identity)
                    when 'pg_type'::regclass then to_regtype(in_identity)
                    when 'pg_proc'::regclass then to_regprocedure(in_identity)
                    when 'pg_namespace'::regclass then to_regnamespace(in_identity)
                    else (pg_get_object_address(in_object_type, in_address_names, in_address_args)).objid
                end;
    exception
        when others then
            -- there is none
            return null;
    end;
    return (
        select min(s.staged_id) - 1
        from pggit.staged_changes as s
        where s.root_objid = heir
          and s.root_classid = in_classid
          and s.transaction_id = pg_current_xact_id()
          and s.object_key = in_object_type || ' ' || in_identity
          and not s.gone
          and s.staged_id > (
              select coalesce(max(o.staged_id), 0)
              from pggit.staged_changes as o
              where o.root_objid = in_objid
                and o.root_classid = in_classid
                and o.transaction_id = pg_current_xact_id()));
end
$$;
comment on function pggit.place_before_heir(text, text, oid, oid, text[], text[]) is 'Where among what is staged a drop belongs, if there is another object of that name by now; null where there is none';

create or replace function pggit.recorded_definition(in_definition_id text)
returns jsonb
language sql
stable
as $$
    select coalesce(
        (select b.definition from pggit.blobs as b where b.definition_id = in_definition_id),
        (select s.definition from pggit.staged_changes as s where s.definition_id = in_definition_id limit 1))
$$;
comment on function pggit.recorded_definition(text) is 'A definition by its id, whether it is in a commit or staged';

-- What a transaction with an old snapshot has staged itself does not tell what this was called before, but HEAD does.
create or replace function pggit.renamed_since_head(in_transaction_id xid8, in_classid oid, in_objid oid, in_command_tag text)
returns jsonb
language sql
stable
as $$
    select case
               when exists (select from pggit.elements as e where e.root_objid = in_objid and e.root_classid = in_classid)
                   then (
                       select coalesce(jsonb_agg(jsonb_build_array(n.classid::bigint, n.objid::bigint, n.objsubid)), '[]')
                       from (
                           select a.classid, a.objid, a.objsubid
                           from (
                               select e.classid, e.objid, e.objsubid, e.object_identity, true as is_in_head
                               from pggit.elements as e
                               where e.root_objid = in_objid and e.root_classid = in_classid
                               union all
                               select s.classid, s.objid, s.objsubid, s.object_identity, false
                               from pggit.staged_changes as s
                               where s.transaction_id = in_transaction_id and s.root_objid = in_objid and s.root_classid = in_classid and not s.gone
                           ) as a
                           group by a.classid, a.objid, a.objsubid
                           having min(a.object_identity) <> max(a.object_identity) and bool_or(a.is_in_head) and not bool_and(a.is_in_head)
                       ) as n)
               when in_command_tag like 'ALTER %' then jsonb_build_array(jsonb_build_array(in_classid::bigint, in_objid::bigint, 0))
               else '[]'
           end
$$;
comment on function pggit.renamed_since_head(xid8, oid, oid, text) is 'The addresses in an object that have another name in a transaction than in HEAD';

-- Where names were exchanged, what is read again one root after the other tells of a name that it has gone after it has told who has it now.
create or replace function pggit.restage_exchanged(in_transaction_id xid8)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, schema_name, object_key, classid, objid, objsubid,
        root_classid, root_objid, position, definition_id, definition, dependencies, command_tag, statement_at)
    select s.transaction_id, s.origin, false, s.object_type, s.object_identity, s.schema_name, s.object_key, s.classid, s.objid, s.objsubid,
           s.root_classid, s.root_objid, s.position, s.definition_id, s.definition, s.dependencies, s.command_tag, s.statement_at
    from (
        select s.*,
               max(case when s.gone then s.staged_id end) over same_name as gone_id,
               max(case when s.gone then s.staged_id end) over same_address as own_gone_id,
               max(case when not s.gone then s.staged_id end) over same_address as last_id,
               max(case when s.gone and s.objid = s.root_objid and s.classid = s.root_classid and s.objsubid = 0 and s.object_type = any (pggit.root_types())
                       then s.staged_id end) over (partition by s.root_objid, s.root_classid, s.object_key) as root_gone_id
        from pggit.staged_changes as s
        where s.transaction_id = in_transaction_id
        window same_name as (partition by s.object_type, s.object_identity),
               same_address as (partition by s.object_type, s.object_identity, s.classid, s.objid, s.objsubid)
    ) as s
    where s.staged_id = s.last_id
      and not s.gone
      and s.staged_id < s.gone_id
      and s.staged_id > coalesce(greatest(s.own_gone_id, s.root_gone_id), 0)
      -- what such a transaction made and dropped has left no word of its end
      and (s.classid = 'pg_init_privs'::regclass or (pg_identify_object(s.classid, s.objid, s.objsubid)).identity is not null)
$$;
comment on function pggit.restage_exchanged(xid8) is 'Says once more what has a name that another object of the transaction had';

-- An object that a directive has just taken out of tracking: what this transaction or deployment staged of it is taken back.
create or replace function pggit.unstage_root(in_classid oid, in_objid oid, in_transaction_id xid8)
returns void
language sql
as $$
    insert into pggit.staged_changes (
        transaction_id, origin, gone, object_type, object_identity, object_key, classid, objid, objsubid, root_classid, root_objid, statement_at)
    select distinct in_transaction_id, 'event', true, s.object_type, s.object_identity, s.object_key, s.classid, s.objid, s.objsubid,
           s.root_classid, s.root_objid, statement_timestamp()
    from pggit.root_scope(in_classid, in_objid) as c
    cross join pg_identify_object(in_classid, in_objid, 0) as i
    cross join pggit.repository as r
    join pggit.staged_changes as s on s.root_objid = in_objid and s.root_classid = in_classid
    where not coalesce(pggit.directive_of(c.root_comment, i.type), pggit.directive_of(c.schema_comment, 'schema'), true)
      and (s.transaction_id = in_transaction_id or r.active_deployment is not null)
      and not s.gone
      and not exists (
          select from pggit.elements as e
          where e.object_type = s.object_type
            and e.object_identity = s.object_identity
      )
$$;
comment on function pggit.unstage_root(oid, oid, xid8) is 'Takes back what a transaction or deployment staged of an object that HEAD does not hold, where a directive says so';
