-- HEAD: whoever holds it may make commits.

create or replace function pggit.try_hold_head()
returns boolean
language sql
volatile
as $$
    select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('pggit'), pg_catalog.hashtext('HEAD'))
$$;
comment on function pggit.try_hold_head() is 'Takes HEAD until the transaction ends if it is free; never waits';

create or replace function pggit.await_head(in_patience interval)
returns boolean
language plpgsql
volatile
as $$
declare
    give_up constant timestamptz := clock_timestamp() + in_patience;
begin
    while not pggit.try_hold_head() loop
        if clock_timestamp() > give_up then
            return false;
        end if;
        perform pg_sleep(0.01);
    end loop;
    return true;
end
$$;
comment on function pggit.await_head(interval) is 'Takes HEAD until the transaction ends, waiting for at most the time given; false where it is held for longer';

create or replace function pggit.hold_head(in_patience interval default '10 seconds')
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    if not pggit.await_head(in_patience) then
        raise exception 'HEAD is held by another transaction'
            using errcode = 'lock_not_available',
                  hint = 'A transaction with schema changes is committing, or is prepared and waits for COMMIT PREPARED (see pg_prepared_xacts). Try again when it has ended.';
    end if;
end
$$;
comment on function pggit.hold_head(interval) is 'Takes HEAD until the transaction ends, waiting for at most the time given; an error where it is held for longer';
