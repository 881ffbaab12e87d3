-- What is plain: tables and columns that have only what most of them have. What is written here has to be what read_table() and
-- read_column() would say; law 1 is tested after commands on everything that is nearly plain. The functions are inlined where they are used.

create or replace function pggit.is_plain_table(c pg_catalog.pg_class)
returns boolean
language sql
stable
as $$
    select c.relkind = 'r'
       and c.relpersistence = 'p'
       and c.relam = 2
       and c.relreplident = 'd'
       and c.reltablespace = 0
       and c.reloftype = 0
       and c.reloptions is null
       and not (c.relispartition or c.relhassubclass)
$$;
comment on function pggit.is_plain_table(pg_catalog.pg_class) is 'Whether plain_table() says all of a table, as far as its row tells';

-- An object of texts alone costs half of one of anything.
create or replace function pggit.plain_table(c pg_catalog.pg_class)
returns jsonb
language sql
stable
as $$
    select pg_catalog.jsonb_object(array['owner', pg_catalog.pg_get_userbyid(c.relowner)::text])
        || case
            when c.relrowsecurity or c.relforcerowsecurity or c.relacl is not null
                then pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                    'row_security', case when c.relrowsecurity then true end,
                    'force_row_security', case when c.relforcerowsecurity then true end,
                    'privileges', case when c.relacl is not null then pggit.granted_on_table(c.relacl, c.relowner) end))
            else '{}'
        end
$$;
comment on function pggit.plain_table(pg_catalog.pg_class) is 'The definition of a plain table without a comment';

create or replace function pggit.granted_on_table(in_privileges aclitem[], in_owner oid)
returns jsonb
language plpgsql
stable
as $$
declare
    usual constant aclitem[] := acldefault('r', in_owner);
begin
    if in_privileges @> usual and in_privileges <@ usual then
        return null;
    end if;
    return coalesce(pggit.table_privileges(in_privileges), '[]');
end
$$;
comment on function pggit.granted_on_table(aclitem[], oid) is 'The privileges on a table that somebody has granted or revoked; null where there are only those that its owner has anyway';

create or replace function pggit.is_plain_column(a pg_catalog.pg_attribute)
returns boolean
language sql
stable
as $$
    select a.attgenerated = ''
       and a.attidentity = ''
       and a.attcompression = ''
       and coalesce(a.attstattarget, -1) = -1
       and a.attoptions is null
       and a.attinhcount = 0
       and a.attacl is null
$$;
comment on function pggit.is_plain_column(pg_catalog.pg_attribute) is 'Whether plain_column() says all of a column but its comment, as far as its row tells, if its collation and storage are its type''s';

create or replace function pggit.plain_column(a pg_catalog.pg_attribute, in_default text)
returns jsonb
language sql
stable
as $$
    select pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_object(array['type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'default', in_default]))
        || case when a.attnotnull then '{"not_null": true}'::jsonb else '{}' end
$$;
comment on function pggit.plain_column(pg_catalog.pg_attribute, text) is 'The definition of a plain column without a comment';

-- From 18 on NOT NULL is a constraint. One that is named and made as usual belongs to its column.
create or replace function pggit.belongs_to_column(k pg_catalog.pg_constraint, in_relation name)
returns boolean
language plpgsql
stable
as $$
declare
    attribute text;
begin
    if k.contype <> 'n' or not k.convalidated or k.connoinherit or k.coninhcount > 0 then
        return false;
    end if;
    attribute := (select a.attname from pg_catalog.pg_attribute as a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]);
    return k.conname = case
        when pg_catalog.octet_length(in_relation::text) + pg_catalog.octet_length(attribute) <= 53 then in_relation || '_' || attribute || '_not_null'
        else pggit.not_null_name(in_relation::text, attribute)
    end;
end
$$;
comment on function pggit.belongs_to_column(pg_catalog.pg_constraint, name) is 'Whether a constraint says no more than that its column is NOT NULL';

-- A visible row whose transaction is not older than ours was written by us, or committed since.
create or replace function pggit.is_just_written(in_xmin xid)
returns boolean
language sql
stable
as $$
    select pg_catalog.age(in_xmin) <= pg_catalog.age(pg_catalog.pg_current_xact_id()::xid)
$$;
comment on function pggit.is_just_written(xid) is 'Whether a row of a catalog may have been written by this transaction';

-- What a column and its default depend on.
create or replace function pggit.column_needs(in_relation oid, in_attnum int)
returns text[]
language plpgsql
stable
as $$
begin
    return (
        select array_agg(distinct needed.type || ' ' || needed.identity)
        from (
            select d.refclassid, d.refobjid, d.refobjsubid
            from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_class'::regclass
              and d.objid = in_relation
              and d.objsubid = in_attnum
              and d.deptype = 'n'
            union all
            select d.refclassid, d.refobjid, d.refobjsubid
            from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_attrdef'::regclass
              and d.objid = (select e.oid from pg_catalog.pg_attrdef as e where e.adrelid = in_relation and e.adnum = in_attnum)
              and d.deptype = 'n'
        ) as d
        cross join lateral pg_catalog.pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
        where d.refobjid <> in_relation);
end
$$;
comment on function pggit.column_needs(oid, int) is 'The dependencies of a plain column';

create or replace function pggit.printed_default(in_default pg_node_tree, in_relation oid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return pggit.settled(pg_get_expr(in_default, in_relation));
end
$$;
comment on function pggit.printed_default(pg_node_tree, oid) is 'A column''s default, as pgGit records it';

-- Constants of int, bigint, boolean, text and varchar, now() and gen_random_uuid(), CURRENT_TIMESTAMP and its like: these read the same
-- whatever a session has set, mean the same whichever way they are written, and need nothing.
create or replace function pggit.is_plain_default(in_default pg_catalog.pg_node_tree)
returns boolean
language sql
stable
as $$
    select in_default::text like any (array[
        '{CONST :consttype 23 %', '{CONST :consttype 25 %', '{CONST :consttype 16 %', '{CONST :consttype 1043 %', '{CONST :consttype 20 %',
        '{FUNCEXPR :funcid 1299 %', '{FUNCEXPR :funcid 3432 %', '{SQLVALUEFUNCTION %'])
$$;
comment on function pggit.is_plain_default(pg_catalog.pg_node_tree) is 'Whether a default is printed alike in all sessions and depends on nothing';

create or replace function pggit.read_default(in_default pg_catalog.pg_node_tree, in_relation oid)
returns text
language sql
stable
as $$
    select case when pggit.is_plain_default(in_default) then pg_catalog.pg_get_expr(in_default, in_relation) else pggit.printed_default(in_default, in_relation) end
$$;
comment on function pggit.read_default(pg_catalog.pg_node_tree, oid) is 'A column''s default, as pgGit records it, at the least cost';
