-- What came with PostgreSQL 16.
create schema v16;
create collation v16.rules (provider = icu, locale = 'en', rules = '&a < g');
create collation v16.unsure_rules (provider = icu, locale = 'und', deterministic = false, rules = '& V << w <<< W');
create table v16.stored (a text storage external, b text storage main compression pglz, c text storage default collate v16.rules);
create view v16.json as select json_object('a': 1, 'b': null absent on null with unique keys) as o, json_array(1, 2 null on null returning jsonb) as a, json_arrayagg(x order by x) as g, json_objectagg(x: y) as h, '1' is json scalar as s, any_value(x) as v from (values (1, 'a')) as t (x, y);
create statistics on a, b from v16.stored;
create table v16.hex (a int default 0x1F, b int default 1_000, c int default 0b101, check (a < 0o777));
create subscription v16_sub connection 'host=nowhere dbname=x' publication p with (connect = false, origin = none, streaming = parallel, password_required = false, run_as_owner = true);
create function v16.system() returns text language sql return system_user;
create function v16.merged() returns void language sql begin atomic merge into v16.hex as h using (values (1)) as v (n) on h.a = v.n when matched and h.b > 1 then update set b = 3 when not matched then insert (a) values (v.n); end;
