//! Plain views are settled by a shorter way than others: with the same outcome.

use pggit_tests::on_each;

/// What stands after `create view v as`, over `t.t` and what else is in the schema `t`.
const QUERIES: &[&str] = &[
    "select t.t, t.a from t.t",
    "select a from t.t where t.a = 't.a' or t.a = 'it''s t.a'",
    "select t from t.t",
    "select x as whole, x.* from t.t x where x.t > 0",
    "select t.f(t.a) from t.t",
    "select t.f(x.a) as x, (x.t + 1) * -x.t as t from t.t x where x.a = any (array['x', 'x.a'])",
    "select x.list[1] as first, x.list[x.t:2], (x.pair).t from t.t x where not x.t = 1",
    "select x.t::t.small, x.a::varchar(3) from t.t as x",
    "select x.t operator(t.===) 1 as same from t.t x",
    "select x.a collate t.c as a from t.t x",
    "select x.t is distinct from 1 as other, extract(year from x.at) as year from t.t x",
    "select x.a from t.t x where exists (select from t.t y where y.t = x.t)",
    "select x.a from t.t x order by x.t",
    "select distinct on (x.a) x.a, x.t from t.t x",
    "select x.a, count(*) over (partition by x.a), sum(x.t) filter (where x.t > 0) from t.t x group by x.a, x.t having max(x.t) > 0 limit 3",
    "select x.t from only t.t x",
    "select x.t from t.t x tablesample system (10)",
    "select \"X\".t, \"X\".\"Q\" from t.t \"X\"",
    "select \"Q\" from t.t where t.a = E'a\\\\ t.a'",
    "select x.t, y.t as u from t.t x, t.t y",
    "select x.t from t.t x union select 1",
    "select case when x.t > 0 then x.a else 'x.' end from t.t x where x.t between 1 and 2 and x.a like 'x.%'",
    "with w as (select t from t.t) select w.t from w",
    "select f.f from t.f('a') f",
    "select coalesce(x.a, 'none'), row(x.a, x.t) = row('x.', 1) as same, array[x.t, x.t] from t.t x where x.t in (1, 2)",
    "select xx.t, xx.a as x from t.t xx where xx.a = 'x.a' and xx.t = 1",
];

#[test]
fn they_are_settled_as_all_views_are() {
    on_each(|db| {
        db.session.run(
            "create schema t; create type t.small as enum ('a'); create domain t.pair_t as int; create type t.pair as (t int, a text);
             create table t.t (t int, a text, \"Q\" int, list int[], pair t.pair, at timestamptz);
             create function t.f(text) returns int language sql return 1;
             create function t.to_small(int) returns t.small language sql return 'a'::t.small; create cast (int as t.small) with function t.to_small(int);
             create operator t.=== (leftarg = int, rightarg = int, function = int4eq); create collation t.c from \"C\"",
        );
        for query in QUERIES {
            db.session.run(&format!("create view v as {query}"));
            let texts = db.session.value(
                "select pg_get_viewdef('v'::regclass) || e'\\n' || pggit.unqualified(pg_get_viewdef('v'::regclass))
                 where pggit.unqualified(pg_get_viewdef('v'::regclass)) is distinct from pggit.unqualified_by_words(pg_get_viewdef('v'::regclass))
                 union all select '' limit 1",
            );
            assert_eq!(texts, "", "{query}");
            db.session.run("drop view v");
        }
        assert_eq!(
            db.session.value(
                "select count(*) from pg_views where pggit.unqualified(definition) is distinct from pggit.unqualified_by_words(definition)"
            ),
            "0",
            "a view of PostgreSQL's own"
        );
    });
}
