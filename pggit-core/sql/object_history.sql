-- The history of one object: its changes, who made each element, its definition at any revision.

-- An object by its identity, with or without its type.
create or replace function pggit.resolve_object(in_object text)
returns table (object_type text, object_identity text, object_key text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select e.object_type, e.object_identity, e.object_key
        from pggit.elements as e
        where e.object_identity = in_object
           or (position(' ' in in_object) > 0
               and e.object_identity = any (array(select substring(in_object from length(t.name) + 2) from unnest(pggit.element_types()) as t (name) where in_object like t.name || ' %'))
               and e.object_type || ' ' || e.object_identity = in_object)
        order by e.object_type;
    if not found then
        return query
            select g.object_type, g.object_identity, g.object_key
            from pggit.commit_changes as g
            where (g.object_identity = in_object or g.object_type || ' ' || g.object_identity = in_object)
            order by g.commit_number desc
            limit 1;
    end if;
    if not found then
        raise exception 'there is no object "%" in the history', in_object
            using errcode = 'undefined_object',
                  hint = 'Name it as pg_identify_object does, with its schema: public.users, public.users.email, public.f(integer), or with its type: table public.users.';
    end if;
end
$$;
comment on function pggit.resolve_object(text) is 'The elements that a name may mean; an error when the history knows none';

create or replace function pggit.history(object text)
returns table (
    commit_id text, authored_at timestamptz, author text, operation text, object_type text, object_identity text, previous_identity text,
    message text, old_definition jsonb, new_definition jsonb)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        with recursive meant as (
            select r.object_type, r.object_identity, r.object_key,
                   r.object_key = r.object_type || ' ' || r.object_identity as whole
            from pggit.resolve_object(object) as r
        ),
        names as (
            -- the object under every name that it has had
            select m.object_type, m.object_identity, m.object_key, m.whole, null::bigint as until_number
            from meant as m
            union
            select g.object_type, g.previous_identity, split_part(n.object_key, ' ', 1) || ' ' || g.previous_identity, n.whole, g.commit_number
            from names as n
            join pggit.commit_changes as g on g.operation = 'rename' and g.object_type = n.object_type and g.object_identity = n.object_identity
                                          and (n.until_number is null or g.commit_number < n.until_number)
        )
        select distinct on (g.commit_number, g.sequence)
               c.commit_id, c.authored_at, c.author, g.operation, g.object_type, g.object_identity, g.previous_identity, c.message, o.definition, w.definition
        from names as n
        join pggit.commit_changes as g on (n.until_number is null or g.commit_number < n.until_number)
                                      and case when n.whole then g.object_key = n.object_type || ' ' || n.object_identity
                                               else g.object_type = n.object_type and g.object_identity = n.object_identity end
        join pggit.commit_records as c on c.commit_number = g.commit_number
        left join pggit.blobs as o on o.definition_id = g.old_definition_id
        left join pggit.blobs as w on w.definition_id = g.new_definition_id
        order by g.commit_number desc, g.sequence;
end
$$;
comment on function pggit.history(text) is 'Every change to an object and its elements, newest first, also under the names that it had before';

create or replace function pggit.blame(object text)
returns table (object_type text, object_identity text, commit_id text, author text, authored_at timestamptz, message text, statement text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return query
        select e.object_type, e.object_identity, c.commit_id, c.author, c.authored_at, c.message,
               (select s.statement
                from pggit.commit_changes as g
                join pggit.statement_records as s on s.statement_id = g.statement_id
                where g.commit_number = e.commit_number
                  and g.object_type = e.object_type
                  and g.object_identity = e.object_identity
                limit 1)
        from pggit.resolve_object(object) as r
        join pggit.elements as e on case when r.object_key = r.object_type || ' ' || r.object_identity then e.object_key = r.object_key
                                         else e.object_type = r.object_type and e.object_identity = r.object_identity end
        left join pggit.commit_records as c on c.commit_number = e.commit_number
        order by e.position nulls first, e.object_type, e.object_identity;
end
$$;
comment on function pggit.blame(text) is 'For each element of an object the commit that made it what it is';

create or replace function pggit.object_definition(object text, revision text default null)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    target_id text;
    result jsonb;
begin
    perform pggit.settle();
    target_id := pggit.revision_id(coalesce(revision, 'HEAD'));
    with tree as materialized (
        select t.* from pggit.tree_at(target_id) as t
    ),
    meant as (
        select t.*
        from tree as t
        where t.object_identity = object
           or t.object_type || ' ' || t.object_identity = object
        order by t.object_key <> t.object_type || ' ' || t.object_identity, t.object_type
        limit 1
    )
    select jsonb_build_object('object_type', m.object_type, 'object_identity', m.object_identity, 'definition', b.definition)
           || coalesce((
               select jsonb_build_object('elements', jsonb_agg(
                          jsonb_build_object('object_type', t.object_type, 'object_identity', t.object_identity, 'definition', d.definition)
                          order by t.position nulls last, t.object_type, t.object_identity))
               from tree as t
               join pggit.blobs as d on d.definition_id = t.definition_id
               where t.object_key = m.object_type || ' ' || m.object_identity
                 and (t.object_type, t.object_identity) <> (m.object_type, m.object_identity)
               having count(*) > 0
           ), '{}')
    into result
    from meant as m
    join pggit.blobs as b on b.definition_id = m.definition_id;
    if result is null then
        raise exception 'there is no object "%" at %', object, coalesce(revision, 'HEAD')
            using errcode = 'undefined_object',
                  hint = 'pggit.history() shows when an object came and went. Name it with its schema: public.users, public.f(integer).';
    end if;
    return result;
end
$$;
comment on function pggit.object_definition(text, text) is 'The definition of an object with its elements, at any revision';
