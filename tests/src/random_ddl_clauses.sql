alter aggregate {f}(int) set schema {s}
alter conversion {s}.{k} owner to {r}
alter domain {y} drop default
alter domain {y} drop constraint {k} cascade
alter domain {y} add check (value <> {e})
alter foreign data wrapper {k} owner to {r}
alter foreign data wrapper {k} no handler no validator
alter foreign data wrapper {k} validator postgresql_fdw_validator
create foreign data wrapper {k} no handler validator postgresql_fdw_validator
alter foreign table {t} alter column {c} options (add d '{n}')
alter foreign table {t} alter column {c} set statistics {n}
alter foreign table {t} alter column {c} type text
alter foreign table {t} disable trigger all
alter foreign table {t} owner to {r}
alter foreign table {t} set schema {s}
alter foreign table {t} rename to {k}
alter foreign table {t} drop column {c} cascade
alter foreign table {t} no inherit {t}
create foreign table {t} (id int, x text) inherits ({t}) server {k} options (a 'b')
create foreign table {t} (id int not null default {e}, x text collate "C" options (y 'z'), check (id > {n})) server {k}
create foreign table {t} partition of {t} for values from ({n}) to (90) server {k}
alter function {f}(int) set search_path from current
alter function {f}(int) reset work_mem
alter function {f}(int) immutable strict rows 5
alter function {f}(int) no depends on extension plpgsql
alter procedure {f}(int) set schema {s}
alter routine {f}(int) rename to {k}
alter routine {f}(int) set schema {s}
alter function noise.{k}(int) set schema {s}
create or replace function {f}(a anyelement, b int default length('{k}')) returns anyarray language sql stable return array[a]
create or replace function {f}(a int) returns int language plpgsql cost 7 as $$ declare r {t}; begin return {n}; end $$
create function {f}(a {t}) returns {t}[] language sql as 'select null'
create function {f}(int) returns int transform for type {y} language sql as 'select 1'
create function {f}(a {t}.{c}%type) returns int language sql as 'select 1'
alter index {s}.{k} reset (fillfactor)
alter index {s}.{k} no depends on extension plpgsql
create index {k} on {t} using gist ({c} {s}.{k})
create index {k} on {t} using gin (to_tsvector('simple', "Y y")) with (fastupdate = off)
create index {k} on {t} using spgist ({c}) where id > {n}
create index {k} on {t} ({c} collate "C" text_pattern_ops nulls first)
create unique index {k} on {t} ({c}) nulls not distinct
create index {k} on {t} ({f}(id))
create index {k} on {v} ({c})
create index {k} on {t} using gist (int4range(id, x) range_ops) include (z)
alter materialized view {v} rename column {c} to {c}
alter materialized view {v} set without cluster
alter materialized view {v} depends on extension plpgsql
alter materialized view {v} alter column {c} set storage main
alter materialized view {v} alter column {c} set compression pglz
alter materialized view {v} owner to {r}
alter materialized view {v} set access method heap
alter materialized view {v} reset (fillfactor)
create materialized view if not exists {v} (a, b) with (fillfactor = 9{n}) as select id, x from {t} with no data
create materialized view {v} using heap as select * from {v}
grant select, insert (id) on {v} to {r} with grant option
alter operator {s}.<#> (int, int) set (commutator = operator({s}.#>), negator = operator({s}.#>))
alter operator {s}.#> (int, int) set (hashes, merges)
create operator {s}.#> (leftarg = int, rightarg = int, function = int4eq, restrict = eqsel, join = eqjoinsel)
create operator {s}.! (rightarg = int, function = {f})
alter operator class {s}.{k} using {am} owner to {r}
alter operator family {s}.{k} using hash add operator 1 =(int8, int4), function 1 (int8, int8) hashint8(int8)
create operator class {s}.{k} default for type {y} using gist as storage int, function 1 {f}(int)
create operator class {s}.{k} for type int using gist as operator 1 <, operator 15 <(int, int) for order by integer_ops
alter policy {k} on {t} using ({c} is null) with check (true)
create policy {k} on {t} as permissive for update to {r}, public using (true)
create policy {k} on {t} for insert with check (exists (select from {t} as o where o.id = {n}))
create policy {k} on {t} for delete using (id in (select id from {v}))
drop policy if exists {k} on {t} cascade
alter publication {k} set (publish_via_partition_root = true, publish = 'delete, truncate')
alter publication {k} add table only {t} where ({c} is null)
alter publication {k} set table {t}, tables in schema {s}
alter publication {k} set (publish_generated_columns = stored)
create publication {k} with (publish = 'truncate')
alter rule {k} on {v} rename to {k}
create rule "_RETURN" as on select to {t} do instead select * from {t}
create or replace rule {k} as on insert to {t} do instead insert into {t} (id) values (new.id) returning {t}.id
create rule {k} as on insert to {v} where new.id > {n} do also update {t} set id = new.id
create schema {s} authorization {r}
create schema if not exists {s}
create schema authorization random_role create sequence q9 create table t9 (id int primary key, x int references t9)
create sequence {q} as int start with {n} minvalue 0 no maxvalue no cycle owned by none
create unlogged sequence {q}
alter sequence {q} start {n} minvalue -5 maxvalue 500 cache 8 cycle
alter sequence {q} no minvalue no maxvalue no cycle
alter sequence {q} set logged
alter server {k} options (set host 'i', drop port)
create server {k} type 'odd' version '{n}' foreign data wrapper {k}
create server if not exists {k} foreign data wrapper {k}
alter statistics {s}.{k} set statistics default
create statistics on {c}, {c} from {t}
create statistics {s}.{k} on (id + x), (lower("Y y")) from {t}
alter subscription {k} connection 'host=elsewhere password=secret'
alter subscription {k} owner to {r}
alter subscription {k} add publication s with (refresh = false)
alter subscription {k} drop publication q with (refresh = false)
alter subscription {k} set (slot_name = 'other', streaming = on, disable_on_error = true)
alter subscription {k} disable
alter subscription {k} skip (lsn = none)
create subscription {k} connection 'dbname=nowhere' publication p, q with (connect = false, slot_name = none, two_phase = true, run_as_owner = true)
alter table {t} alter column {c} reset (n_distinct)
alter table {t} alter column {c} set statistics -1
alter table {t} alter column {c} set storage default
alter table {t} alter column {c} set storage plain
alter table {t} alter column {c} set compression default
alter table {t} alter column {c} set generated by default set start 9 set increment {n} restart
alter table {t} alter column {c} set data type numeric(5, {n}) using {n}
alter table {t} alter column {c} type varchar({n}) collate "C" using 'x', alter column {c} set default null
alter table {t} add column {c} text collate "C" default 'x' check ({c} <> '{k}') unique
alter table {t} add column {c} int generated always as ({n} * 2) stored primary key
alter table {t} add column {c} {y} default null
alter table {t} no force row level security
alter table {t} replica identity nothing
alter table {t} replica identity default
alter table {t} enable replica trigger {k}
alter table {t} enable trigger all
alter table {t} enable rule {k}
alter table {t} enable always rule {k}
alter table {t} set (toast.autovacuum_enabled = false, parallel_workers = {n})
alter table {t} reset (toast.autovacuum_enabled, parallel_workers)
alter table {t} set without oids
alter table {t} add constraint {k} foreign key (id) references {t} (id) match full on delete set default on update cascade initially deferred
alter table {t} add constraint {k} foreign key (id, x) references {t} (id, x) on delete set null (x)
alter table {t} add constraint {k} foreign key (x) references {t} (id) not enforced
alter table {t} alter constraint {k} enforced
alter table {t} alter constraint {k} inherit
alter table {t} alter constraint {k} not deferrable
alter table {t} add constraint {k} unique nulls not distinct ({c}) include ({c}) with (fillfactor = 77)
alter table {t} add constraint {k} unique using index {k} deferrable
alter table {t} add constraint {k} exclude using gist (int4range(id, x) with &&) where (id > {n}) deferrable
alter table {t} add unique (id, x), add check (id <> {n}), add foreign key (x) references {t} (id)
alter table only {t} drop constraint {k}
alter table only {t} drop column {c}
alter table only {t} alter column {c} set not null
alter table only {t} alter column {c} type text
alter table if exists {t} rename to {k}
alter table if exists {t} rename constraint {k} to {k}
alter table {t} attach partition {t} for values in ({n}, null)
alter table {t} attach partition {t} for values from (minvalue) to (maxvalue)
alter table all in tablespace pg_default set tablespace pg_default
create table {t} (like {t} including defaults including constraints including comments excluding indexes)
create table {t} (like {t} including identity including generated including statistics including storage including compression, z int)
create table {t} (id int, extra text) inherits ({t}, {t})
create table {t} (id int check (id > {n}) no inherit, x int references {t} deferrable initially deferred) with (autovacuum_vacuum_scale_factor = 0.{n}, toast.autovacuum_enabled = off)
create table {t} of {y} (primary key (a), b with options default 'x' not null)
create table {t} partition of {t} (id with options not null default {n}, unique (id)) for values in ({n}) partition by hash (id)
create table {t} partition of {t} for values from ({n}) to (20) with (fillfactor = 66) tablespace pg_default
create table {t} (x int, id int, z text) partition by range (z collate "C" text_pattern_ops, id)
create table {t} (id int generated by default as identity (sequence name {q} increment {n}) primary key, x int) partition by range (id)
create table {t} (id bigserial primary key, x smallserial)
create table {t} (id int storage plain, x text storage external compression pglz)
create unlogged table {t} as select * from {t} with no data
create table if not exists {t} (a, b) as values (1, 'x')
prepare p as select 1 as id, null::int as x; create table {t} as execute p; deallocate p
create table {t} (id int, x int) using heap tablespace pg_default
create table {t} ({c} {y} check ({c} is not null), {c} {y}[] default '{}')
alter text search dictionary {s}.{k} owner to {r}
alter text search template {s}.{k} rename to {k}
alter text search parser {s}.{k} set schema {s}
alter text search configuration {s}.{k} set schema {s}
alter text search configuration {s}.{k} alter mapping for word, asciiword replace simple with english_stem
comment on text search parser {s}.{k} is '{k}'
comment on text search template {s}.{k} is '{k}'
create trigger {k} after insert or delete or update on {t} for each row execute function {f}('{n}', x)
create or replace trigger {k} before insert on {t} for each row execute function {f}()
create constraint trigger {k} after update on {t} from {t} initially deferred for each row when (old.id <> new.id) execute function {f}()
create trigger {k} instead of update or delete on {v} for each row execute function {f}()
alter trigger {k} on {t} no depends on extension plpgsql
drop trigger if exists {k} on {v} cascade
alter type {y} add value if not exists '{k}' after 'a'
alter type {y} drop attribute if exists {c} restrict
alter type {y} add attribute {c} text collate "C" cascade, alter attribute b set data type varchar({n}) cascade
alter type {y} set (receive = none, send = none, analyze = none)
create type {y} as enum ()
create type {y} as ()
create type {y} as (a {y}, b {y}[], {c} {t})
create type {y} (input = {s}.y_in, output = {s}.y_out, like = int8, element = int4, collatable = true)
alter user mapping if exists for public server {k} options (add user '{k}')
create user mapping if not exists for current_user server {k} options (password 'p', user '{k}')
alter view {v} set (check_option = local)
alter view {v} reset (check_option, security_barrier)
alter view if exists {v} rename to {k}
create view {v} with (security_invoker = on) as select * from {t} where id > {n} with local check option
create or replace view {v} with (security_barrier = {n}) as select * from {t}
create or replace view {v} as select * from {t}
create view {v} as select t.*, t as whole from {t} as t
create view {v} as select * from {t} as a left join {t} as b using ({c}) natural join {v} as c
create view {v} as select {f}(id) as id, null::{y} as x from {t}
create view {v} as select id from {t} group by id having count(*) > {n} order by id limit 3
create view {v} as select * from {t}, lateral (select {t}.id as other) as l
create view {v} as select '{t}'::regclass as id, '{q}'::regclass as x
create event trigger {k} on ddl_command_end execute function {f}()
create event trigger {k} on ddl_command_start when tag in ('CREATE TABLE', 'DROP TABLE') execute function {f}()
create event trigger {k} on sql_drop execute function {f}()
create event trigger {k} on table_rewrite execute function {f}()
create function {f}() returns event_trigger language plpgsql as 'begin if to_regclass(''a.made'') is null and to_regnamespace(''a'') is not null then create table a.made (id int); end if; end'
alter event trigger {k} disable
alter event trigger {k} enable always
alter event trigger {k} rename to {k}
comment on event trigger {k} is '{k}'
drop event trigger {k} cascade
alter default privileges for role random_role in schema {s} grant usage on types to public
alter default privileges for role random_role grant usage on schemas to current_user with grant option
alter default privileges in schema {s} revoke execute on functions from public
alter default privileges for role random_role revoke all on tables from random_role
alter extension citext add view {v}
alter extension citext add schema {s}
alter extension citext drop schema {s}
alter extension citext add sequence {q}
alter extension citext drop sequence {q}
alter extension citext add foreign data wrapper {k}
alter extension citext update
create extension if not exists btree_gist with schema {s} version '1.5'
alter extension btree_gist update to '1.6'
alter extension btree_gist update
drop extension btree_gist cascade
comment on extension citext is '{k}'
create extension if not exists hstore schema {s}
drop extension hstore cascade
alter table {t} add column {c} {s}.hstore
create table {t} (id int primary key, x int, exclude using gist (x with =, id with <>))
grant execute on all procedures in schema {s} to {r}
grant select on all tables in schema {s} to public with grant option
revoke all on all sequences in schema {s} from {r}
grant all on function {f}, {f}(int) to public
grant select on {t} to random_role granted by current_user
revoke all privileges (id, x) on {t} from public, random_role cascade
revoke grant option for usage on schema {s} from {r} cascade
revoke all on schema {s} from {r}, public
grant all on foreign server {k} to public
revoke all on foreign data wrapper {k} from {r}
grant maintain on {t} to {r}
drop table {t}, {t}
drop view if exists {v}, {v} cascade
drop function if exists {f}(int), {f}() cascade
drop schema {s}, noise cascade
drop sequence if exists {q}, {q}
drop type {y}
drop type {y}, {y} cascade
drop domain if exists {y}
drop index {s}.{k}, {s}.{k}
drop rule if exists "_RETURN" on {v}
drop rule {k} on {v}
drop statistics {s}.{k}, {s}.{k}
drop text search configuration {s}.{k} cascade
drop conversion if exists {s}.{k} cascade
drop access method if exists {k}
drop transform for {y} language sql
drop user mapping for public server {k}
drop publication {k}, {k}
drop operator class {s}.{k} using gist cascade
drop cast (int as {y})
create transform for {y} language sql (from sql with function {f}(internal), to sql with function {f}(internal))
vacuum full {t}
analyze {t}
lock table {t}
insert into {t} (id) values ({n})
copy {t} (id) from program 'echo {n}'
discard all
listen {k}
set constraints all deferred
set search_path = {s}
reset all
import foreign schema {k} from server {k} into {s}
create view {v} as select * from {t}; create index {k} on {t} ({c}); alter table {t} drop column {c} cascade
select pggit.settle()
select pggit.settle()
select pggit.commit('{k}')
select count(*) from pggit.log()
select count(*) from pggit.status()
select pggit.tag('{k}')
comment on table {t} is '@pggit:ignore'
comment on table {t} is '{k} @pggit:track'
comment on view {v} is '@pggit:ignore {k}'
comment on materialized view {v} is '@pggit:ignore'
comment on sequence {q} is '@pggit:ignore'
comment on type {y} is '@pggit:ignore'
comment on function {f} is '@pggit-ignore'
comment on function {f} is '@pggit:ignore {k}'
comment on column {t}.{c} is '@pggit:ignore'
comment on constraint {k} on {t} is '@pggit:ignore'
comment on index {s}.{k} is '@pggit:ignore'
comment on trigger {k} on {t} is '@pggit:ignore'
comment on foreign table {t} is '@pggit:ignore'
comment on server {k} is '@pggit:ignore'
comment on publication {k} is '@pggit:ignore'
comment on schema {s} is '@pggit:ignore'
comment on schema {s} is '@pggit:track'
comment on schema {s} is null
grant select (ctid), insert (xmin) on {t} to {r}, public
grant select (tableoid) on {v} to {r} with grant option
revoke all (ctid) on {t} from {r} cascade
grant select (last_value, log_cnt) on {q} to {r}
revoke select (last_value) on {q} from public, {r}
grant select (is_called) on {s}.t1_id_seq to public
select id, x into {t} from {t} where id > {n}
grant select, update (x) on {t}, {v} to {r}, public
grant all on {t}, {q} to {r} with grant option
create table {t} (id int4range, x daterange, constraint {k} primary key (id, x without overlaps))
alter table {t} add constraint {k} foreign key (id, period x) references {t} (id, period x)
create table {t} (id int default nextval('{q}'), x int default {f}({n}), check ({f}(id) > 0))
alter table {t} alter column {c} set default {f}({n})
create index {k} on {t} (({f}(id)), {c}) where {f}(x) > {n}
create policy {k} on {t} to {r} using ({f}(id) > {n})
create trigger {k} instead of insert or update on {v} for each row execute function {f}()
create type {y} as range (subtype = {y})
create domain {y} as {y}[] default '{}'
create view {v} as select {f}(id) as id, o.x from {t} as o where {f}(o.x) is not null
create materialized view {v} as select o::text as id, x from {t} as o
alter table {t} add column {c} {t}
alter table {t} drop column {c}, add column {c} {ty} default {e}, alter column {c} drop not null
alter table {t} rename to {k}; alter table if exists {s}.{k} rename to {k}
