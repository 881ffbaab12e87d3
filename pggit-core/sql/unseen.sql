-- Transactions that were open when capture began, or began again, may have changed the schema before, and their changes come to be seen when
-- they commit. Whoever begins capture cannot know them: they are those that run when it is over. So the next look notes until which
-- transaction id that may be, and the look after all these have ended compares once more.

-- What says that no look has noted yet who was running.
create or replace function pggit.unseen_by_any()
returns xid8
language sql
immutable
as $$
    select '18446744073709551615'::xid8
$$;
comment on function pggit.unseen_by_any() is 'The transaction id that stands for those of all that run when capture begins';

-- Only who is running holds a lock on its transaction id. A snapshot does not say all of these ids, for those that were assigned last are
-- above its end, and it has those of other databases.
create or replace function pggit.running_here()
returns setof xid8
language sql
volatile
rows 10
as $$
    select (pg_current_xact_id()::text::bigint + age(pg_current_xact_id()::xid) - age(l.transactionid))::text::xid8
    from pg_locks as l
    left join pg_stat_activity as a on a.pid = l.pid
    left join pg_prepared_xacts as p on p.transaction = l.transactionid
    where l.locktype = 'transactionid'
      and l.mode = 'ExclusiveLock'
      and l.granted
      and l.pid is distinct from pg_backend_pid()
      and (a.datid = (select d.oid from pg_database as d where d.datname = current_database()) or p.database = current_database())
$$;
comment on function pggit.running_here() is 'The ids of the other transactions that are running in this database, prepared ones and subtransactions too';

create or replace function pggit.running_until()
returns xid8
language sql
volatile
as $$
    select max((r.id::text::bigint + 1)::text::xid8) from pggit.running_here() as r (id)
$$;
comment on function pggit.running_until() is 'The transaction id after those of all other transactions that are running in this database; null where none is';

create or replace function pggit.may_be_seen(in_unseen_until xid8)
returns boolean
language plpgsql
volatile
as $$
begin
    return in_unseen_until = pggit.unseen_by_any()
        or in_unseen_until <= pg_snapshot_xmin(pg_current_snapshot())
        or not exists (select from pggit.running_here() as r (id) where r.id < in_unseen_until);
end
$$;
comment on function pggit.may_be_seen(xid8) is 'Whether no transaction below an id is running in this database any more, or it is to be found out until which id there are such';
