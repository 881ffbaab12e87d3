//! The examples of the library run.

use pggit_tests::on_each;

#[path = "../../../pggit-core/examples/asynchronous.rs"]
mod asynchronous;
#[path = "../../../pggit-core/examples/pool.rs"]
mod pool;

#[test]
fn a_service_with_a_pool() {
    on_each(|db| {
        let lines = pool::run(&db.url()).expect("the example runs");
        assert_eq!(lines, ["public.basket: Add a basket", "public.basket_line: Add a basket"]);
        assert_eq!(
            db.session.value("select string_agg(status, ',' order by started_at) from pggit.deployment_mode"),
            "completed,cancelled"
        );
    });
}

#[test]
fn from_asynchronous_code() {
    on_each(|db| {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
        let lines = runtime.block_on(asynchronous::run(db.url())).expect("the example runs");
        assert!(lines[0].starts_with("The schema as it stood") && lines.iter().any(|l| l == "Tracking: enabled"), "{lines:?}");
        assert!(lines.last().is_some_and(|l| l.contains("nonsense") && l.contains("commit id")), "{lines:?}");
    });
}
