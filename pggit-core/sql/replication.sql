-- Logical replication. A publication of all tables publishes pgGit's too, and no table can be kept out of it. A subscriber has a history
-- of its own, or none: what comes for these tables from elsewhere is left out there.

-- At the depth of 1 it is the worker itself that writes; below it are triggers whose commands are captured here.
create or replace function pggit.skip_replicated()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_trigger_depth() = 1
        and exists (select from pg_stat_activity as a where a.pid = pg_backend_pid() and a.backend_type like 'logical replication %worker')
    then
        return null;
    end if;
    return case tg_op when 'DELETE' then old else new end;
end
$$;
comment on function pggit.skip_replicated() is 'Trigger function on pgGit''s tables in sessions that replicate: leaves out the rows of another database''s history';

create or replace function pggit.publishing()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select string_agg(p.pubname, ', ' order by p.pubname)
    from pg_publication as p
    where exists (select from pg_get_publication_tables(p.pubname) as t where t.relid = 'pggit.repository'::regclass)
$$;
comment on function pggit.publishing() is 'The publications that publish pgGit''s tables; null where none does';
