-- The sides of a changeset: what an operation changed, by what capture has seen of it, has to be on its side.

create or replace function pggit.check_sides(in_command_schemas text[], in_query_schemas text[], in_reference_schemas text[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    twice text;
begin
    if in_command_schemas is null or in_query_schemas is null or in_reference_schemas is null then
        raise exception 'the schemas of a side are null'
            using errcode = 'invalid_parameter_value', hint = 'Give a list, as ''{command}'', or leave the argument out.';
    end if;
    select s.name into twice
    from (
        select distinct 'command' as side, unnest(in_command_schemas) as name
        union
        select 'query', unnest(in_query_schemas)
        union
        select 'reference', unnest(in_reference_schemas)
    ) as s
    group by s.name
    having count(*) > 1
    limit 1;
    if found then
        raise exception 'the schema "%" is on two sides', twice
            using errcode = 'invalid_parameter_value', hint = 'What both sides change is on the reference side only.';
    end if;
end
$$;
comment on function pggit.check_sides(text[], text[], text[]) is 'Raises an error where schemas cannot be the sides of a changeset';

create or replace function pggit.last_staged()
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(max(s.staged_id), 0) from pggit.staged_changes as s where s.transaction_id = pg_current_xact_id_if_assigned()
$$;
comment on function pggit.last_staged() is 'Where the record of what this transaction has changed ends now';

-- Under another name an object changes the texts of all that refer to it, on any side: that is no change of theirs. A database that
-- has none of the schemas has no sides.
create or replace function pggit.change_off_side(in_changeset_id uuid, in_side text, in_after bigint)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    changeset pggit.changeset_records;
    own_schemas text[];
    other record;
begin
    select * into strict changeset from pggit.changeset_records as c where c.changeset_id = in_changeset_id;
    own_schemas := case in_side when 'command' then changeset.command_schemas else changeset.query_schemas end;
    if not exists (select from pg_namespace as n where n.nspname = any (changeset.command_schemas || changeset.query_schemas)) then
        return null;
    end if;
    with changed as materialized (
        select s.*
        from pggit.staged_changes as s
        where s.transaction_id = pg_current_xact_id_if_assigned()
          and s.staged_id > in_after
    ),
    renamed as materialized (
        select distinct n.command_tag, n.root_classid, n.root_objid
        from changed as g
        join changed as n using (classid, objid, objsubid, command_tag)
        where g.gone
          and not n.gone
    ),
    placed as (
        select c.staged_id, c.object_type, c.object_identity,
               coalesce(
                   c.schema_name,
                   (select p.schema_name
                    from pggit.staged_changes as p
                    where p.root_objid = c.root_objid and p.classid = c.classid and p.objid = c.objid and p.schema_name is not null
                    order by p.staged_id desc
                    limit 1),
                   (select e.schema_name from pggit.elements as e where e.object_identity = c.object_identity and e.object_type = c.object_type),
                   case when c.object_type = 'default acl' then (parse_ident(substring(c.object_identity from ' in schema (.*) on [a-z ]+$')))[1] end) as schema_name
        from changed as c
        where c.gone
           or not exists (select from renamed as r where r.command_tag = c.command_tag)
           or exists (select from renamed as r where r.command_tag = c.command_tag and r.root_classid = c.root_classid and r.root_objid = c.root_objid)
    )
    select p.object_type || ' ' || p.object_identity as object,
           case
               when p.schema_name = any (changeset.command_schemas) then 'on the command side'
               when p.schema_name = any (changeset.query_schemas) then 'on the query side'
               when p.schema_name is null then 'in no schema'
               else 'on no side'
           end as place
    into other
    from placed as p
    where p.schema_name is null
       or not p.schema_name = any (own_schemas || changeset.reference_schemas)
    order by p.staged_id
    limit 1;
    if not found then
        return null;
    end if;
    return format('it changes %s, which is %s; the %s side is %s', other.object, other.place, in_side,
                  (select case count(*) when 1 then 'the schema ' else 'the schemas ' end || string_agg(quote_ident(s), ', ') from unnest(own_schemas) as s));
end
$$;
comment on function pggit.change_off_side(uuid, text, bigint) is 'What an operation of a changeset has changed that is not on its side, in words; null where all is. It knows what capture has seen: nothing while tracking is paused';
