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
        select e.object_type, e.object_identity, g.transaction_id, g.staged_id, g.statement_at, g.command_tag
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
        select e.object_type, e.object_identity, g.transaction_id, g.staged_id, g.statement_at, g.command_tag
        from gone_roots as g
        join pggit.elements as e on e.object_key = g.object_type || ' ' || g.object_identity
        union
        -- an address has one name: whoever gave it another may have come to a commit before, or never will. It is found by sorting.
        select h.object_type, h.object_identity, h.transaction_id, h.staged_id, h.statement_at, h.command_tag
        from (
            select a.object_type, a.object_identity, a.is_in_head,
                   first_value(case when not a.is_in_head then a.object_identity end) over same_address as taken_by,
                   first_value(a.transaction_id) over same_address as transaction_id,
                   first_value(a.staged_id) over same_address as staged_id,
                   first_value(a.statement_at) over same_address as statement_at,
                   first_value(a.command_tag) over same_address as command_tag
            from (
                select l.object_type, l.object_identity, false as is_in_head, l.classid, l.objid, l.objsubid,
                       l.transaction_id, l.staged_id, l.statement_at, l.command_tag
                from last_states as l
                where not l.is_gone and l.objid <> 0
                union all
                select e.object_type, e.object_identity, true, e.classid, e.objid, e.objsubid, null, null, null, null
                from (select distinct l.root_objid from last_states as l where not l.is_gone and l.objid <> 0) as r
                join pggit.elements as e on e.root_objid = r.root_objid
            ) as a
            window same_address as (partition by a.object_type, a.classid, a.objid, a.objsubid order by a.is_in_head)
        ) as h
        where h.is_in_head
          and h.taken_by <> h.object_identity
    )
    select l.object_type, l.object_identity, l.schema_name, l.object_key, l.classid, l.objid, l.objsubid, l.root_classid, l.root_objid,
           l."position", l.definition_id, l.definition, l.dependencies, l.transaction_id, l.staged_id, l.statement_at, l.command_tag, l.is_gone
    from last_states as l
    union all
    select e.object_type, e.object_identity, e.schema_name, e.object_key, e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid,
           e."position", null, null, null, b.transaction_id, b.staged_id, b.statement_at, b.command_tag, true
    from left_behind as b
    join pggit.elements as e on e.object_identity = b.object_identity and e.object_type = b.object_type
    where (b.object_identity, b.object_type) not in (select l.object_identity, l.object_type from last_states as l)
$$;
comment on function pggit.staged_outcome(xid8[], text) is 'The last staged state of every element that transactions touched';
