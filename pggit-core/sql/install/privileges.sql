-- Nobody but the owner gets in unless he is let in: not by what PostgreSQL gives to everybody, and not by default privileges that
-- somebody has set for what is new. What grant_access() gave on tables stays.
revoke all on schema pggit from public;
revoke all on all tables in schema pggit from public;
revoke all on all functions in schema pggit from public;
revoke all on all sequences in schema pggit from public;
do $privileges$
declare
    given record;
begin
    for given in
        select distinct o.kind, o.name, a.grantee
        from (
            select 'schema' as kind, 'pggit' as name, n.nspacl as acl, n.nspowner as owner, n.xmin as written
            from pg_namespace as n
            where n.nspname = 'pggit'
            union all
            select case c.relkind when 'S' then 'sequence' else 'table' end, c.oid::regclass::text, c.relacl, c.relowner, c.xmin
            from pg_class as c
            where c.relnamespace = 'pggit'::regnamespace
            union all
            select 'function', p.oid::regprocedure::text, p.proacl, p.proowner, p.xmin
            from pg_proc as p
            where p.pronamespace = 'pggit'::regnamespace
            union all
            select 'type', t.oid::regtype::text, t.typacl, t.typowner, t.xmin
            from pg_type as t
            where t.typnamespace = 'pggit'::regnamespace
              and t.typacl is not null
        ) as o
        cross join lateral aclexplode(o.acl) as a
        where age(o.written) <= age(pg_current_xact_id()::xid)
          and a.grantee not in (0, o.owner)
    loop
        execute format('revoke all on %s %s from %s', given.kind, given.name, given.grantee::regrole);
    end loop;
end
$privileges$;
