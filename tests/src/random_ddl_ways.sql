{1}; {2}
{1}; {2}; {3}
{1}; {1}
begin; {1}; {2}; {3}; commit
begin; {1}; {2}; {3}; rollback
begin; {1}; savepoint w; {2}; rollback to savepoint w; {3}; commit
begin; savepoint w; {1}; savepoint w; {2}; release savepoint w; {3}; rollback to savepoint w; commit
begin; {1}; commit; begin; {2}; rollback; {3}
begin isolation level repeatable read; {1}; {2}; {3}; commit
begin isolation level serializable; {1}; savepoint w; {2}; rollback to savepoint w; {3}; commit
begin isolation level repeatable read; {1}; {2}; rollback; {3}
do $do$ begin {1}; {2}; end $do$
do $do$ begin {1}; commit; {2}; rollback; {3}; commit; end $do$
do $do$ begin begin {1}; raise exception 'x'; exception when others then {2}; end; {3}; end $do$
do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; begin {2}; exception when others then raise log '%', sqlerrm; end; end $do$
do $do$ begin for n in 1..2 loop begin execute $e${1}$e$; exception when others then raise log '%', sqlerrm; end; execute $e${2}$e$; end loop; end $do$
create or replace function noise.way() returns void language sql as $way$ {1}; {2} $way$; select noise.way()
create or replace function noise.way() returns void language plpgsql as $way$ begin {1}; {2}; end $way$; select noise.way(); select noise.way()
create or replace function noise.way() returns void language plpgsql security definer set search_path = a, "B b" as $way$ begin {1}; {2}; end $way$; alter function noise.way owner to {r}; select noise.way()
create or replace procedure noise.through() language plpgsql as $way$ begin {1}; commit; {2}; end $way$
call noise.through()
set role random_role; {1}; {2}; reset role
set session authorization random_role; {1}; reset session authorization
begin; set local role random_role; {1}; reset role; {2}; commit
grant all on schema a, "B b" to random_role; set role random_role; {1}; {2}; {3}; reset role
grant all on schema a, "B b" to random_role; grant random_role to current_user; {1}; alter table {t} owner to random_role; set role random_role; {2}; reset role
set local search_path = {s}; {1}; {2}
set local session_replication_role = replica; {1}; {2}
set local check_function_bodies = off; {1}; {2}
set local quote_all_identifiers = on; {1}; {2}
create temporary table t1 (id int, x int); {1}; {2}; drop table t1
{1}; select pggit.settle(); {2}
begin; {1}; select pggit.commit('half'); {2}; commit
begin; {1}; set constraints all immediate; {2}; commit
select pggit.begin_deployment('{k}'); {1}; {2}; select pggit.end_deployment('{k}')
begin; do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; begin {2}; exception when others then raise log '%', sqlerrm; end; end $do$; prepare transaction 'random';; {3};; commit prepared 'random'
begin; do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; begin {2}; exception when others then raise log '%', sqlerrm; end; end $do$; prepare transaction 'random';; {3};; rollback prepared 'random'
begin; {1}; savepoint w; {2}; rollback to savepoint w; prepare transaction 'random';; {3};; commit prepared 'random'
begin; do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; end $do$; prepare transaction 'random';; begin; {2}; {3}; commit;; {2};; commit prepared 'random'
begin; do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; end $do$; prepare transaction 'random';; {2};; {3};; commit prepared 'random';; {1}
begin; {1}; {2}; prepare transaction 'random';; {3}; select pggit.settle();; commit prepared 'random';; {1}
begin isolation level repeatable read; do $do$ begin begin {1}; exception when others then raise log '%', sqlerrm; end; begin {2}; exception when others then raise log '%', sqlerrm; end; end $do$; prepare transaction 'random';; {3};; commit prepared 'random'
begin; {1}; prepare transaction 'random';; begin isolation level serializable; {2}; {3}; commit;; commit prepared 'random'
begin; {1}; comment on table {t} is '@pggit:ignore'; {2}; commit
comment on table {t} is '@pggit:ignore';; {1};; {2};; comment on table {t} is null
comment on schema {s} is 'by hand @pggit:ignore';; {1};; {2};; comment on schema {s} is null;; {3}
begin; {1}; alter schema {s} rename to {k}; {2}; commit
begin; {1}; prepare transaction 'random';; alter schema {s} rename to {k};; commit prepared 'random'
begin; alter schema {s} rename to {k}; {1}; prepare transaction 'random';; {2};; {3};; commit prepared 'random'
