-- Folding: what transactions staged becomes commits. Only the holder of HEAD folds.

-- The hash that a commit is known by.
create or replace function pggit.commit_hash(
    in_parent_ids text[], in_tree_id text, in_kind text, in_message text, in_author text, in_authored_at timestamptz, in_changes_id text, in_notes_id text)
returns text
language sql
stable
as $$
    select pggit.sha256_hex(pg_catalog.jsonb_build_object(
        'parents', pg_catalog.to_jsonb(in_parent_ids),
        'tree', in_tree_id,
        'kind', in_kind,
        'message', in_message,
        'author', in_author,
        'authored_at', pg_catalog.to_char(in_authored_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'changes', in_changes_id,
        'notes', in_notes_id)::text)
$$;
comment on function pggit.commit_hash(text[], text, text, text, text, timestamptz, text, text) is 'The id of a commit: SHA-256 over everything that it says';

-- What staged rows come to: the last state of each element, where what belonged to a dropped root is gone with it.
create or replace function pggit.staged_outcome(in_transactions xid8[], in_origin text)
returns table (
    object_type text, object_identity text, schema_name text, object_key text,
    classid oid, objid oid, objsubid int, root_classid oid, root_objid oid,
    "position" int, definition_id text, definition jsonb, dependencies text[],
    transaction_id xid8, staged_id bigint, statement_at timestamptz, command_tag text, gone boolean)
language sql
stable
as $$
    with staged as materialized (
        select s.*,
               s.gone and s.objid = s.root_objid and s.classid = s.root_classid and s.objsubid = 0 and s.object_type = any (pggit.root_types()) as is_gone_root
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
          and (in_origin is null or s.origin = in_origin)
    ),
    gone_roots as materialized (
        select distinct on (s.root_objid, s.root_classid) s.*
        from staged as s
        where s.is_gone_root
        order by s.root_objid, s.root_classid, s.staged_id desc
    ),
    -- with the last time that the object to which it belonged was dropped
    followed as (
        select s.*,
               max(case when s.is_gone_root then s.staged_id end) over (partition by s.root_objid, s.root_classid, s.object_key) as root_gone_id
        from staged as s
    ),
    last_states as materialized (
        select distinct on (s.object_identity, s.object_type) s.*,
               s.gone or coalesce(s.root_gone_id > s.staged_id, false) as is_gone
        from followed as s
        order by s.object_identity, s.object_type, s.staged_id desc
    ),
    living_roots as materialized (
        select l.root_objid, l.root_classid
        from last_states as l
        where l.objid = l.root_objid and l.classid = l.root_classid and l.objsubid = 0 and not l.is_gone
    ),
    left_behind as (
        select e.object_type, e.object_identity, g.transaction_id, g.staged_id
        from (
            -- what is gone while its address lives on has another name
            select g.*
            from gone_roots as g
            where (g.root_objid, g.root_classid) not in (select l.root_objid, l.root_classid from living_roots as l)
            offset 0
        ) as g
        join pggit.elements as e on e.root_objid = g.root_objid and e.root_classid = g.root_classid
        union
        -- the index may have the address that the object had before it was made again unseen
        select e.object_type, e.object_identity, g.transaction_id, g.staged_id
        from gone_roots as g
        join pggit.elements as e on e.object_key = g.object_type || ' ' || g.object_identity
    )
    select l.object_type, l.object_identity, l.schema_name, l.object_key, l.classid, l.objid, l.objsubid, l.root_classid, l.root_objid,
           l."position", l.definition_id, l.definition, l.dependencies, l.transaction_id, l.staged_id, l.statement_at, l.command_tag, l.is_gone
    from last_states as l
    union all
    select e.object_type, e.object_identity, e.schema_name, e.object_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           e."position", null, null, null, g.transaction_id, g.staged_id, g.statement_at, g.command_tag, true
    from left_behind as b
    join pggit.elements as e on e.object_identity = b.object_identity and e.object_type = b.object_type
    join pggit.staged_changes as g on g.transaction_id = b.transaction_id and g.staged_id = b.staged_id
    where (b.object_identity, b.object_type) not in (select l.object_identity, l.object_type from last_states as l)
$$;
comment on function pggit.staged_outcome(xid8[], text) is 'The last staged state of every element that transactions touched';

-- What a transaction did, in words: its first command and the object that this is about. A sequence that came or went with its table
-- is not spoken of, nor is what came and went again.
create or replace function pggit.default_message(in_commit_number bigint, in_transactions xid8[], in_origin text)
returns text
language plpgsql
stable
as $$
declare
    first_step record;
    along text[];
    objects bigint;
    named text;
    root text;
begin
    with early as materialized (
        select s.command_tag, s.statement_at, s.object_key, s.object_type, s.object_identity, s.staged_id
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
          and (in_origin is null or s.origin = in_origin)
          and s.command_tag is not null
        order by s.staged_id
        limit 200
    ),
    steps as materialized (
        select e.*
        from early as e
        where exists (
            select from pggit.commit_changes as g
            where g.commit_number = in_commit_number
              and g.object_type = e.object_type
              and e.object_identity in (g.object_identity, g.previous_identity)
        )
    )
    select f.* into first_step
    from steps as f
    join (select s.* from steps as s order by s.staged_id limit 1) as c
        on c.command_tag = f.command_tag and c.statement_at is not distinct from f.statement_at
    order by f.command_tag like '% ' || upper(f.object_type collate "C") desc, f.object_type = 'sequence', f.staged_id
    limit 1;
    along := array(
        select s.object_identity
        from pggit.staged_changes as s
        where s.transaction_id = any (in_transactions)
          and s.object_type = 'sequence'
          and s.command_tag ~ ' (TABLE|SCHEMA)');
    select count(distinct g.object_key) into objects
    from pggit.commit_changes as g
    where g.commit_number = in_commit_number
      and (g.object_type <> 'sequence' or g.object_identity <> all (along));
    named := upper(regexp_replace(first_step.object_type, '^.* (column|constraint)$', '\1') collate "C");
    root := regexp_replace(first_step.object_key, '^(foreign table|materialized view|table|view|type) ', '');
    return case
               when first_step.command_tag in ('COMMENT', 'GRANT', 'REVOKE') then first_step.command_tag || ' ON ' || named || ' ' || first_step.object_identity
               when first_step.command_tag like '% INDEX' and named = 'INDEX' then first_step.command_tag || ' ' || first_step.object_identity || ' on ' || root
               when first_step.command_tag like '% ' || named or first_step.object_key = first_step.object_type || ' ' || first_step.object_identity
                   then first_step.command_tag || ' ' || first_step.object_identity
               else first_step.command_tag || ' ' || root
           end
        || case when objects > 1 then ' and ' || objects - 1 || ' more' else '' end;
end
$$;
comment on function pggit.default_message(bigint, xid8[], text) is 'The message of a commit that nobody gave one';

-- Makes one commit of what the given transactions staged. Gives its id, or null when nothing is different in the end.
-- The caller holds HEAD. Who gives the parent moves the branch: each update of a row in one transaction makes the next look at it longer.
create or replace function pggit.fold_staged(
    in_transactions xid8[],
    in_origin text,
    in_kind text,
    in_message text,
    in_author text,
    in_authored_at timestamptz,
    in_deployment_id uuid default null,
    in_parent_id text default null
)
returns text
language plpgsql
as $$
declare
    started constant timestamptz := clock_timestamp();
    head record;
    number bigint;
    folded record;
    made pggit.commit_records;
    new_id text;
begin
    select b.branch_name, b.commit_id
    into head
    from pggit.repository as r
    join pggit.branch_records as b on b.branch_name = r.head_branch;

    if exists (select from pggit.overtaken_roots(in_transactions)) then
        perform pggit.read_overtaken(in_transactions);
    end if;
    number := pggit.next_commit_number();
    perform pggit.store_statements(in_transactions, number);

    with after as materialized (
        select * from pggit.staged_outcome(in_transactions, in_origin)
    ),
    steps as (
        select a.*,
               e.definition_id as old_definition_id,
               e.object_key as old_object_key,
               e.classid as old_classid, e.objid as old_objid, e.objsubid as old_objsubid,
               e.root_objid as old_root_objid
        from after as a
        left join pggit.elements as e on e.object_identity = a.object_identity and e.object_type = a.object_type
        where case
                  when a.gone then e.definition_id is not null
                  else (e.definition_id, e.object_key) is distinct from (a.definition_id, a.object_key)
              end
    ),
    -- What is gone and what is new at one address is a rename. The address is found by sorting: to join all with all takes the square.
    addressed as (
        select s.*,
               first_value(case when s.gone then s.object_identity end) over same_address as left_identity,
               first_value(case when s.gone then s.old_definition_id end) over same_address as left_definition_id,
               first_value(case when s.gone then s.old_object_key end) over same_address as left_object_key,
               last_value(not s.gone and s.old_definition_id is null) over same_address as is_taken
        from steps as s
        window same_address as (
            partition by s.object_type, case when s.gone then s.old_classid else s.classid end, case when s.gone then s.old_objid else s.objid end,
                         case when s.gone then s.old_objsubid else s.objsubid end
            order by s.gone desc, s.old_definition_id is null
            rows between unbounded preceding and unbounded following)
    ),
    moved as (
        select s.*,
               s.left_identity is not null and not s.gone and s.old_definition_id is null as is_renamed,
               (s.transaction_id, s.statement_at, s.command_tag, s.root_classid, s.root_objid)
                   is not distinct from lag((s.transaction_id, s.statement_at, s.command_tag, s.root_classid, s.root_objid)) over (order by s.staged_id) as goes_on
        from addressed as s
    ),
    -- within a command the rows lie as its plan happened to read them
    by_command as (
        select s.*, max(case when not s.goes_on then s.staged_id end) over (order by s.staged_id) as began_id
        from moved as s
    ),
    changes as (
        select row_number() over (order by s.began_id, s.objid <> s.root_objid or s.objsubid <> 0, s.object_type collate "C", s.position, s.objid, s.staged_id)::int as sequence,
               case
                   when s.is_renamed then 'rename'
                   when s.gone then 'drop'
                   when s.old_definition_id is null then 'create'
                   else 'alter'
               end as operation,
               s.object_type, s.object_identity, case when s.is_renamed then s.left_identity end as previous_identity, s.object_key,
               case when s.is_renamed then s.left_definition_id else s.old_definition_id end as old_definition_id,
               case when not s.gone then s.definition_id end as new_definition_id,
               s.position, s.dependencies, s.transaction_id, s.statement_at,
               case when s.is_renamed then s.left_object_key else s.old_object_key end as old_object_key,
               s.root_objid
        from by_command as s
        where not (s.gone and s.is_taken)
    ),
    written as (
        insert into pggit.commit_changes (
            commit_number, sequence, operation, object_type, object_identity, previous_identity, object_key,
            old_definition_id, new_definition_id, position, dependencies, statement_id)
        select number, c.sequence, c.operation, c.object_type, c.object_identity, c.previous_identity, c.object_key,
               c.old_definition_id, c.new_definition_id, c.position, c.dependencies, t.statement_id
        from changes as c
        left join pggit.statement_records as t on t.transaction_id = c.transaction_id and t.executed_at = c.statement_at
    )
    select count(*)::int as changes_count,
           pggit.sha256_hex(coalesce(string_agg(pggit.change_line(c.operation, c.object_type, c.object_identity, c.previous_identity, c.old_definition_id, c.new_definition_id),
                                                '' order by c.sequence), '')) as changes_id,
           array_agg(distinct c.object_key) || array_agg(distinct c.old_object_key) filter (where c.old_object_key is not null) as object_keys,
           bool_or(c.object_type in ('function', 'procedure', 'aggregate')) as has_functions
    into folded
    from changes as c;

    perform pggit.apply_to_index(number, in_transactions, in_origin);
    if folded.changes_count > 0 then
        made.commit_number := number;
        made.parent_ids := array_remove(array[coalesce(in_parent_id, head.commit_id)], null);
        made.tree_id := pggit.update_tree(folded.object_keys);
        made.kind := in_kind;
        made.message := coalesce(in_message, pggit.default_message(number, in_transactions, in_origin), 'Change the schema');
        made.author := in_author;
        made.authored_at := in_authored_at;
        made.changes_id := folded.changes_id;
        made.changes_count := folded.changes_count;
        made.branch_name := head.branch_name;
        made.transaction_id := case when cardinality(in_transactions) = 1 then in_transactions[1] end;
        made.deployment_id := in_deployment_id;
        made.fold_duration := clock_timestamp() - started;
        new_id := pggit.insert_commit(made);
        if in_parent_id is null then
            update pggit.branch_records
            set commit_id = new_id
            where branch_name = head.branch_name;
        end if;
        if in_kind <> 'out_of_band' then
            update pggit.changeset_records as c
            set commit_id = new_id
            where c.transaction_id = any (in_transactions)
              and c.commit_id is null;
        end if;
        if folded.has_functions then
            -- Versions are derived: what goes wrong with them is no reason to lose a commit.
            begin
                perform pggit.version_functions(number, in_author);
            exception
                when others then
                    insert into pggit.system_events (event_type, event_data)
                    values ('version_failed', jsonb_build_object('commit_id', new_id, 'sqlstate', sqlstate, 'message', sqlerrm));
            end;
        end if;
    else
        perform pggit.leave_statements(array[number]);
    end if;

    delete from pggit.staged_changes as s
    where s.transaction_id = any (in_transactions)
      and (in_origin is null or s.origin = in_origin);
    delete from pggit.looks as l where l.transaction_id < pg_snapshot_xmin(pg_current_snapshot());
    return new_id;
end
$$;
comment on function pggit.fold_staged(xid8[], text, text, text, text, timestamptz, uuid, text) is 'Makes one commit of what transactions staged';

create or replace function pggit.change_line(
    in_operation text, in_object_type text, in_object_identity text, in_previous_identity text, in_old_id text, in_new_id text)
returns text
language sql
immutable
as $$
    select in_operation || E'\t' || pggit.escape_field(in_object_type) || E'\t' || pggit.escape_field(in_object_identity)
        || E'\t' || coalesce(pggit.escape_field(in_previous_identity), '')
        || E'\t' || coalesce(in_old_id, '') || E'\t' || coalesce(in_new_id, '') || E'\n'
$$;
comment on function pggit.change_line(text, text, text, text, text, text) is 'A change as a line of the text whose SHA-256 binds a commit to its changes';

-- Brings the index to where the commit's changes lead: blobs first, then what is gone, then what is there.
create or replace function pggit.apply_to_index(in_commit_number bigint, in_transactions xid8[], in_origin text)
returns void
language plpgsql
as $$
begin
    -- from the changes to the elements, never the other way round: a plan that was made while there were few elements would read all
    delete from pggit.elements as e
    where e.ctid = any (array(
        select g.place
        from pggit.commit_changes as c
        cross join lateral (
            select n.ctid as place
            from pggit.elements as n
            where n.object_type = c.object_type
              and n.object_identity = case c.operation when 'rename' then c.previous_identity else c.object_identity end
            offset 0
        ) as g
        where c.commit_number = in_commit_number
          and c.operation in ('drop', 'rename')
    ));

    with states as materialized (
        select o.*
        from pggit.staged_outcome(in_transactions, in_origin) as o
        where not o.gone
    ),
    stored as (
        insert into pggit.blobs (definition_id, definition)
        select distinct on (s.definition_id) s.definition_id, s.definition
        from states as s
        on conflict (definition_id) do nothing
    )
    insert into pggit.elements as e (
        object_type, object_identity, schema_name, object_key, classid, objid, objsubid, root_classid, root_objid,
        position, definition_id, dependencies, commit_number)
    select s.object_type, s.object_identity, s.schema_name, s.object_key, s.classid, s.objid, s.objsubid, s.root_classid, s.root_objid,
           s.position, s.definition_id, s.dependencies, in_commit_number
    from states as s
    on conflict (pg_catalog.sha256(pg_catalog.decode(pg_catalog.replace(object_identity, E'\\', E'\\\\'), 'escape')), object_type) do update
    set schema_name = excluded.schema_name,
        object_key = excluded.object_key,
        classid = excluded.classid,
        objid = excluded.objid,
        objsubid = excluded.objsubid,
        root_classid = excluded.root_classid,
        root_objid = excluded.root_objid,
        definition_id = excluded.definition_id,
        -- what was dropped and made again alike is no change: the commits have it as it was
        (position, dependencies, commit_number) = (
            select k.position, k.dependencies, k.commit_number
            from (values
                (true, e.position, e.dependencies, e.commit_number),
                (false, excluded.position, excluded.dependencies, excluded.commit_number)
            ) as k (is_same, position, dependencies, commit_number)
            where k.is_same = ((e.definition_id, e.object_key) = (excluded.definition_id, excluded.object_key)));
end
$$;
comment on function pggit.apply_to_index(bigint, xid8[], text) is 'Brings the index to the state that a commit records';
