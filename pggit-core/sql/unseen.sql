-- Transactions that were open when capture began, or began again, may change the schema unseen: by what they did before, or because
-- their snapshot still says that nothing is captured. Whoever begins capture cannot know them, for they are those that run when that has
-- been committed. So the next look notes who is running, and looks compare once more whenever half of these have ended.

-- By the lock that every transaction holds on its virtual transaction id; workers of autovacuum change no schema.
create or replace function pggit.running_here()
returns text[]
language sql
volatile
as $$
    select coalesce(array_agg(r.name), '{}')
    from (
        select l.virtualxid
        from pg_locks as l
        join pg_stat_activity as a on a.pid = l.pid
        where l.locktype = 'virtualxid'
          and l.mode = 'ExclusiveLock'
          and l.granted
          and l.pid <> pg_backend_pid()
          and a.datid = (select d.oid from pg_database as d where d.datname = current_database())
          and a.backend_type is distinct from 'autovacuum worker'
        union all
        select 'prepared ' || p.transaction
        from pg_prepared_xacts as p
        where p.database = current_database()
    ) as r (name)
$$;
comment on function pggit.running_here() is 'The other transactions that are running in this database, or prepared, by their virtual ids';

-- What had no such name when it was noted, for it was prepared since, is noted with the rest.
create or replace function pggit.still_unseen(in_unseen_by text[])
returns text[]
language sql
volatile
as $$
    select nullif(array(
        select r.name
        from unnest(pggit.running_here()) as r (name)
        where in_unseen_by = '{*}' or r.name = any (in_unseen_by) or r.name like 'prepared %'), '{}')
$$;
comment on function pggit.still_unseen(text[]) is 'Those of the transactions that were noted that are running still; all that are running where none has been noted';

create or replace function pggit.may_be_seen(in_unseen_by text[])
returns boolean
language plpgsql
volatile
as $$
begin
    return in_unseen_by = '{*}'
        -- a comparison reads the whole schema: with half of them gone it is time, and not with each
        or 2 * (select count(*) from unnest(pggit.running_here()) as r (name) where r.name = any (in_unseen_by)) <= cardinality(in_unseen_by);
end
$$;
comment on function pggit.may_be_seen(text[]) is 'Whether half of the transactions that were noted have ended, or none has been noted yet';
