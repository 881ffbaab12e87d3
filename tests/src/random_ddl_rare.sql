create schema noise
alter table {t} set schema noise
alter table noise.{k} set schema {s}
alter view {v} set schema noise
alter type {y} set schema noise
alter function {f} set schema noise
alter function noise.f1 set schema {s}
alter schema noise rename to {k}
alter schema {s} rename to noise
create table noise.{k} ({c} {ty})
create view {v} as select * from noise.{k}
alter table noise.{k} rename column {c} to {c}
alter table noise.{k} add column {c} int
drop schema noise cascade
create temporary table tt (id int, x int)
create temporary table tt (id int, x int) on commit drop
create table {t} (id int, {c} tt)
alter table {t} add column {c} tt
create view {v} as select null::tt as id
create or replace view {v} as select * from tt
create function {f}(tt) returns int language sql as 'select 1'
create or replace function {f}(a int) returns int language sql begin atomic select max(id) from tt; end
create function pg_temp.f1() returns int language sql immutable as 'select 1'
alter table {t} alter column {c} set default pg_temp.f1()
alter table {t} add constraint {k} check (pg_temp.f1() > 0)
create policy {k} on {t} using (pg_temp.f1() > {n})
create index {k} on {t} ((pg_temp.f1() + id))
create type {y} as (a tt, b int)
create domain {y} as int check (value > pg_temp.f1())
drop table tt
drop table tt cascade
discard temp
create operator family {s}.{k} using {am}
create operator class {s}.{k} for type int using btree family {s}.{k} as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int)
create operator class {s}.{k} for type {y} using btree as operator 3 =, function 1 {f}(int)
create operator class {s}.{k} for type int using hash as operator 1 =, function 1 hashint4(int)
alter operator family {s}.{k} using btree add operator {n} <(int4, int8), function 1 btint48cmp(int4, int8)
alter operator family {s}.{k} using btree drop operator {n} (int4, int8)
alter operator family {s}.{k} using btree drop function 1 (int4, int8)
alter operator family {s}.{k} using {am} rename to {k}
alter operator family {s}.{k} using {am} set schema {s}
alter operator family {s}.{k} using {am} owner to {r}
alter operator class {s}.{k} using {am} rename to {k}
alter operator class {s}.{k} using {am} set schema {s}
comment on operator class {s}.{k} using {am} is '{k}'
comment on operator family {s}.{k} using {am} is '{k}'
drop operator class {s}.{k} using {am} cascade
drop operator family {s}.{k} using {am} cascade
create index {k} on {t} (id {s}.{k})
create operator {s}.<#> (leftarg = int, rightarg = int, function = int4pl, negator = operator({s}.#>))
create operator {s}.#> (leftarg = int, rightarg = int, function = int4eq, commutator = operator({s}.#>), negator = operator({s}.<#>), hashes, merges)
create operator {s}.<#> (rightarg = {y}, function = {f})
create operator {s}.<#> (leftarg = int, rightarg = int, function = {f})
alter operator {s}.<#> (int, int) set (restrict = eqsel, join = eqjoinsel)
alter operator {s}.#> (int, int) set (restrict = none)
alter operator {s}.<#> (int, int) set schema {s}
alter operator {s}.#> (int, int) owner to {r}
comment on operator {s}.#> (int, int) is '{k}'
drop operator if exists {s}.#> (int, int), {s}.<#> (int, int) cascade
alter table {t} add constraint {k} exclude using btree (id with operator({s}.#>))
create view {v} as select id operator({s}.#>) x as "Y y" from {t}
create type {y}
create function {s}.y_in(cstring) returns {y} language internal immutable strict as 'int4in'
create function {s}.y_out({y}) returns cstring language internal immutable strict as 'int4out'
create type {y} (input = {s}.y_in, output = {s}.y_out, like = int4, category = 'N', preferred = true, delimiter = ';')
create type {y} (input = {s}.y_in, output = {s}.y_out, internallength = 4, passedbyvalue, alignment = int4, default = '{n}')
alter type {y} set (storage = plain)
create type {y} as range (subtype = int, subtype_diff = int4mi, multirange_type_name = {s}.{k})
create type {y} as range (subtype = text, collation = "C", subtype_opclass = text_pattern_ops)
alter type {s}.{k} rename to {k}
grant usage on type {y} to {r}
revoke all on type {y} from public
grant usage on domain {y} to {r} with grant option
alter type {y} alter attribute b type text collate "C" cascade
alter type {y} add attribute z {y}, drop attribute a cascade
alter domain {y} rename to {k}
alter domain {y} set not null
alter domain {y} set schema {s}
alter domain {y} owner to {r}
comment on domain {y} is '{k}'
create table {t} ({c} {y}, {c} {y}[])
create cast ({y} as int) with function {f}({y}) as implicit
create cast (int as {y}) without function
create cast ({y} as text) with inout
comment on cast ({y} as text) is '{k}'
drop cast if exists ({y} as text) cascade
create collation {s}.{k} (locale = 'C', provider = libc)
create collation {s}.{k} (provider = icu, locale = 'und', deterministic = false)
alter collation {s}.{k} set schema {s}
alter collation {s}.{k} owner to {r}
alter collation {s}.{k} refresh version
comment on collation {s}.{k} is '{k}'
alter table {t} add column {c} text collate {s}.{k}
create domain {y} as text collate {s}.{k}
create conversion {s}.{k} for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
create default conversion {s}.{k} for 'LATIN2' to 'UTF8' from iso8859_to_utf8
alter conversion {s}.{k} rename to {k}
alter conversion {s}.{k} set schema {s}
comment on conversion {s}.{k} is '{k}'
drop conversion {s}.{k}
create text search dictionary {s}.{k} (template = simple, stopwords = english)
create text search dictionary {s}.{k} (template = {s}.{k})
create text search parser {s}.{k} (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)
create text search template {s}.{k} (init = dsimple_init, lexize = dsimple_lexize)
create text search configuration {s}.{k} (parser = {s}.{k})
alter text search dictionary {s}.{k} (stopwords, accept = false)
alter text search dictionary {s}.{k} rename to {k}
alter text search dictionary {s}.{k} set schema {s}
alter text search parser {s}.{k} rename to {k}
alter text search template {s}.{k} set schema {s}
alter text search configuration {s}.{k} add mapping for email, url with {s}.{k}
alter text search configuration {s}.{k} alter mapping replace simple with {s}.{k}
alter text search configuration {s}.{k} drop mapping if exists for word
alter text search configuration {s}.{k} rename to {k}
alter text search configuration {s}.{k} owner to {r}
comment on text search configuration {s}.{k} is '{k}'
comment on text search dictionary {s}.{k} is '{k}'
drop text search dictionary {s}.{k} cascade
drop text search parser {s}.{k} cascade
drop text search template {s}.{k} cascade
create index {k} on {t} using gin (to_tsvector('{s}.{k}', "Y y"))
create language {k} handler plpgsql_call_handler validator plpgsql_validator
create or replace trusted language {k} handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator
create function {f}(int) returns int language {k} as 'begin return {n}; end'
alter language {k} rename to {k}
alter language {k} owner to {r}
grant usage on language {k} to {r}
revoke all on language {k} from public
comment on language {k} is '{k}'
create transform for {y} language {k} (from sql with function {f}(internal))
create function {f}(internal) returns internal language internal immutable as 'int4abs'
comment on transform for {y} language {k} is '{k}'
drop transform if exists for {y} language {k} cascade
drop language {k}
drop language {k} cascade
create access method {k} type table handler heap_tableam_handler
create access method {k} type index handler bthandler
create table {t} (id int, x int) using {k}
alter table {t} set access method {k}
comment on access method {k} is '{k}'
drop access method {k} cascade
create foreign data wrapper {k} options (a '{n}')
alter foreign data wrapper {k} options (set a '2', add b '3')
alter foreign data wrapper {k} rename to {k}
grant usage on foreign data wrapper {k} to {r}
comment on foreign data wrapper {k} is '{k}'
alter server {k} version '{n}' options (add port '1')
alter server {k} rename to {k}
alter server {k} owner to {r}
grant usage on foreign server {k} to {r} with grant option
comment on server {k} is '{k}'
create user mapping for public server {k}
alter user mapping for {r} server {k} options (set password 'q', add extra 'e')
drop user mapping if exists for {r} server {k}
create foreign table {t} partition of {t} for values in ({n}) server {k}
alter foreign table {t} add column {c} int options (b 'c'), alter column id options (set column_name 'y')
alter foreign table {t} options (add table_name '{k}')
alter foreign table {t} rename column {c} to {c}
alter foreign table {t} add constraint {k} check (id > {n})
alter foreign table {t} inherit {t}
comment on foreign table {t} is '{k}'
comment on column {t}.{c} is null
drop foreign table {t} cascade
create publication {k} for all tables
create publication {k} for table {t}, {t} where (x > {n}) with (publish_via_partition_root)
alter publication {k} set table {t} (id)
alter publication {k} add tables in schema {s}
alter publication {k} set tables in schema {s}
alter publication {k} drop tables in schema {s}
alter publication {k} owner to {r}
comment on publication {k} is '{k}'
create subscription {k} connection 'host=nowhere' publication p with (connect = false, slot_name = none)
alter subscription {k} set publication q, r with (refresh = false)
alter subscription {k} set (binary = true, synchronous_commit = off)
alter subscription {k} rename to {k}
comment on subscription {k} is '{k}'
drop subscription {k}
create statistics {s}.{k} (ndistinct, mcv) on {c}, {c}, (lower("Y y")) from {t}
alter statistics {s}.{k} rename to {k}
alter statistics {s}.{k} set schema {s}
alter statistics {s}.{k} owner to {r}
comment on statistics {s}.{k} is '{k}'
alter default privileges for role {r} in schema {s} grant all on sequences to public
alter default privileges for role {r} revoke all on functions from public
alter default privileges grant usage on types to {r} with grant option
alter default privileges revoke usage on types from {r}
alter default privileges grant usage on schemas to {r}
create extension if not exists citext with schema {s} cascade
grant execute on function {s}.citext_eq to {r}
revoke execute on all functions in schema {s} from public
grant usage on type {s}.citext to {r}
revoke usage on type {s}.citext from public
alter function {s}.citext_eq rename to {k}
alter extension citext set schema {s}
alter extension citext drop function {s}.citext_eq
alter extension citext add function {s}.citext_eq
alter extension citext add function {f}(int)
alter extension citext drop function {f}(int)
alter extension citext add type {y}
alter extension citext drop type {y}
create table {t} (id int, x {s}.citext)
create procedure {f}(a int, out b text) language plpgsql as 'begin end'
create procedure {f}(a int) language sql begin atomic insert into {t} (id) values (a); end
alter procedure {f}(int) security definer set work_mem = '3MB'
alter procedure {f}(int) rename to {k}
comment on procedure {f} is '{k}'
create aggregate {f}(variadic "any") (sfunc = array_append, stype = anyarray)
create aggregate {f}(int order by int) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final)
create or replace aggregate {f}(int) (sfunc = int4larger, stype = int, msfunc = int4pl, minvfunc = int4mi, mstype = int, sortop = >, parallel = safe)
alter aggregate {f}(int) rename to {k}
alter aggregate {f}(int) owner to {r}
comment on aggregate {f}(int) is '{k}'
create function {f}() returns event_trigger language plpgsql as 'begin end'
create function {f}(int) returns table (a int, b {y}) language sql window as 'select 1, null'
create function {f}(a int, b int default {n}) returns {y}[] language sql return null
alter function {f}(int) support generate_series_int4_support
alter function {f}(int) parallel restricted external security definer called on null input
grant execute on all routines in schema {s} to {r} with grant option
grant usage on all sequences in schema {s} to public
revoke grant option for all on {t} from {r} cascade
create table {t} (id int, x int) partition by hash (x)
create table {t} partition of {t} (x default {n}, constraint {k} check (id > 0)) for values with (modulus 3, remainder {n})
create table {t} partition of {t} for values from (minvalue) to ({n}) partition by list (id)
create table {t} (id int, x int not null) partition by range (({e}), x)
alter table {t} detach partition {t} concurrently
alter table {t} detach partition {t} finalize
alter table {t} attach partition {t} for values with (modulus 3, remainder {n})
alter table only {t} alter column {c} set default {e}
alter table only {t} add constraint {k} unique (x, id)
alter table {t} add constraint {k} foreign key ({c}) references {t} deferrable
create index concurrently {k} on {t} ({c})
create unique index concurrently {k} on {t} ({c}, id)
drop index concurrently {s}.{k}
reindex index concurrently {s}.{k}
reindex schema concurrently {s}
alter index {s}.{k} set tablespace pg_default
alter table {t} set tablespace pg_default
create trigger {k} after update on {t} referencing old table as o new table as n for each statement execute function {f}()
create trigger {k} before truncate on {t} execute function {f}()
alter trigger {k} on {t} depends on extension plpgsql
alter table {t} disable trigger {k}
alter table {t} disable trigger user
alter table {t} enable replica rule {k}
create rule {k} as on update to {t} where old.id <> new.id do instead (select {n}; notify {k})
create rule {k} as on delete to {t} do instead delete from {t} where x = old.id
comment on rule {k} on {t} is '{k}'
create view {v} as with q as (select * from {t}) select q.id, row_number() over w as x from q window w as (order by q.id)
create view {v} as table {t} union all select * from {t}
create view {v} as select * from {f}(1) as f
create temporary view v1 as select * from {t}
alter view {v} alter column {c} drop default
alter view {v} reset (security_invoker)
alter view {v} owner to {r}
comment on column {v}.{c} is '{k}'
grant select (id) on {v} to {r}
alter materialized view {v} set schema {s}
alter materialized view {v} alter column {c} set statistics {n}0
alter materialized view {v} cluster on {k}
refresh materialized view concurrently {v}
create sequence {s}.{k} owned by {t}.{c}
alter sequence {s}.{k} owned by {t}.{c}
alter sequence {q} set unlogged
alter sequence {q} owner to {r}
create table {t} (id int, x int, constraint {k} not null id)
alter table {t} add constraint {k} not null {c}
alter table {t} add constraint {k} not null {c} not valid
alter table {t} alter constraint {k} no inherit
alter table {t} add constraint {k} check (id > {n}) not enforced
alter table {t} alter constraint {k} not enforced
create table {t} (id int, x int generated always as (id * {n}) virtual)
alter table {t} alter column x set expression as (id + {n})
create table {t} (id int4range, x int, constraint {k} primary key (id, x without overlaps))
alter domain {y} add constraint {k} not null
begin isolation level repeatable read
begin isolation level serializable
release savepoint s
do $$ begin begin create table a.t1 (id int); raise exception 'x'; exception when others then create table a.t2 (id int); end; end $$
do $$ begin execute 'alter table a.t1 rename to t9'; execute 'alter table a.t9 rename to t1'; alter table a.t1 add column z int; end $$
create role random_owner; alter table {t} owner to random_owner; drop owned by random_owner cascade; drop role random_owner
create table t9 (id int); drop table t9; create view t9 as select 1 as id; drop view t9
