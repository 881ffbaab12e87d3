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
        select a.*,
               e.definition_id as old_definition_id, e.object_key as old_object_key, e.position as old_position, e.dependencies as old_dependencies,
               e.classid as old_classid, e.objid as old_objid, e.objsubid as old_objsubid, e.root_objid as old_root_objid,
               e.definition_id is not null and (a.gone or (a.classid, a.objid, a.objsubid) <> (e.classid, e.objid, e.objsubid)) as leaves,
               not a.gone and ((a.classid, a.objid, a.objsubid) = (e.classid, e.objid, e.objsubid)) is not true as arrives
        from pggit.staged_outcome(in_transactions, in_origin) as a
        left join pggit.elements as e on e.object_identity = a.object_identity and e.object_type = a.object_type
    ),
    -- What leaves an address and what comes to be there, under another name, is a rename. The address is found by sorting: to join all with
    -- all takes the square. Each element stands here at the address that it leaves, and at the one where it is.
    addressed as (
        select a.*, p.is_left,
               first_value(case when p.is_left then a.object_identity end) over same_address as left_identity,
               first_value(case when p.is_left then a.old_definition_id end) over same_address as left_definition_id,
               first_value(case when p.is_left then a.old_object_key end) over same_address as left_object_key,
               bool_or(a.arrives and not p.is_left) over same_address as is_taken
        from (
            select a.* from after as a where a.leaves or a.arrives or (a.old_definition_id, a.old_object_key) <> (a.definition_id, a.object_key) or a.position <> a.old_position
        ) as a
        cross join lateral (
            select true, a.old_classid, a.old_objid, a.old_objsubid where a.leaves
            union all
            select false, a.classid, a.objid, a.objsubid where not a.gone
        ) as p (is_left, classid, objid, objsubid)
        window same_address as (
            partition by a.object_type, p.classid, p.objid, p.objsubid order by p.is_left desc
            rows between unbounded preceding and unbounded following)
    ),
    states as materialized (
        select distinct on (a.object_type, a.object_identity) a.*,
               max(case when a.arrives and not a.is_left then a.left_identity end) over same_element as from_identity,
               max(case when a.arrives and not a.is_left then a.left_definition_id end) over same_element as from_definition_id,
               max(case when a.arrives and not a.is_left then a.left_object_key end) over same_element as from_object_key,
               bool_or(a.is_left and a.is_taken) over same_element as is_elsewhere
        from addressed as a
        window same_element as (partition by a.object_type, a.object_identity)
    ),
    steps as (
        select e.*, o.operation
        from states as e
        cross join lateral (
            -- what had the name before is gone, unless it has another name now
            select 'drop' where e.old_definition_id is not null and not e.is_elsewhere and (e.gone or e.from_identity is not null)
            union all
            select case
                       when e.from_identity is not null then 'rename'
                       when e.old_definition_id is null or e.is_elsewhere then 'create'
                       when (e.old_definition_id, e.old_object_key) <> (e.definition_id, e.object_key) then 'alter'
                   end
            where not e.gone
        ) as o (operation)
        where o.operation is not null
    ),
    moved as (
        select s.*,
               (s.transaction_id, s.statement_at, s.command_tag, s.root_classid, s.root_objid)
                   is not distinct from lag((s.transaction_id, s.statement_at, s.command_tag, s.root_classid, s.root_objid)) over (order by s.staged_id) as goes_on
        from steps as s
    ),
    -- within a command the rows lie as its plan happened to read them
    by_command as (
        select s.*, max(case when not s.goes_on then s.staged_id end) over (order by s.staged_id) as began_id
        from moved as s
    ),
    -- A column is recorded where it stood when it became what it is: after others that came since, or before them, it may be told from them no
    -- more. Then each that stands elsewhere is recorded anew.
    columns as (
        select s.object_key, s.object_type, s.object_identity, s.objid, s.definition_id, s.old_dependencies as dependencies,
               s.transaction_id, s.statement_at, s.position as place,
               case
                   when s.from_identity is null and not s.is_elsewhere and (s.definition_id, s.object_key) = (s.old_definition_id, s.old_object_key) then s.old_position
                   else s.position
               end as recorded
        from states as s
        where not s.gone and s.position is not null
        union all
        select e.object_key, e.object_type, e.object_identity, e.objid, e.definition_id, e.dependencies, null, null, e.objsubid, e.position
        from (select distinct s.object_key from states as s where s.arrives and s.position is not null or s.position <> s.old_position) as t
        join pggit.elements as e on e.object_key = t.object_key
        where e.position is not null
          and (e.object_type, e.object_identity) not in (select s.object_type, s.object_identity from states as s)
    ),
    ranked as (
        select c.*,
               rank() over (partition by c.object_key order by c.recorded, c.object_identity)
                   = rank() over (partition by c.object_key order by c.place) as in_order
        from columns as c
    ),
    reordered as (
        select r.*
        from (select r.*, bool_and(r.in_order) over (partition by r.object_key) as all_in_order from ranked as r) as r
        where r.recorded <> r.place and not r.all_in_order
    ),
    all_changes as (
        select s.began_id, s.objid <> s.root_objid or s.objsubid <> 0 as is_part, s.objid, s.staged_id,
               s.operation, s.object_type, s.object_identity,
               case s.operation when 'rename' then s.from_identity end as previous_identity,
               case when s.operation = 'drop' and not s.gone then s.old_object_key else s.object_key end as object_key,
               case s.operation when 'rename' then s.from_definition_id when 'create' then null else s.old_definition_id end as old_definition_id,
               case when s.operation <> 'drop' then s.definition_id end as new_definition_id,
               s.position, case when s.operation <> 'drop' then s.dependencies end as dependencies, s.transaction_id, s.statement_at,
               case s.operation when 'rename' then s.from_object_key when 'create' then null else s.old_object_key end as old_object_key
        from by_command as s
        union all
        select null, true, r.objid, null, 'alter', r.object_type, r.object_identity, null, r.object_key, r.definition_id, r.definition_id,
               r.place, r.dependencies, r.transaction_id, r.statement_at, null
        from reordered as r
    ),
    changes as (
        select c.*,
               row_number() over (order by c.began_id, c.is_part, c.object_type collate "C", c.position, c.objid, c.staged_id, c.operation <> 'drop')::int as sequence
        from all_changes as c
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

    update pggit.elements as e
    set position = c.position, commit_number = in_commit_number
    from pggit.commit_changes as c
    where c.commit_number = in_commit_number
      and c.old_definition_id = c.new_definition_id
      and c.operation = 'alter'
      and e.object_identity = c.object_identity
      and e.object_type = c.object_type
      and e.position <> c.position;
end
$$;
comment on function pggit.apply_to_index(bigint, xid8[], text) is 'Brings the index to the state that a commit records';
