//! The measurements: `cargo xtask bench` runs this against a server of its own.

use pggit_tests::bench::{Bench, capture, cqrs, migrate, snapshot, storage};

#[expect(clippy::print_stdout, reason = "the figures are this program's output")]
fn main() -> pggit_tests::bench::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let base = std::env::var("PGGIT_BENCH_URL").map_err(|_| "PGGIT_BENCH_URL is not set: run cargo xtask bench NAME")?;
    let bench = Bench::new(base);
    let number = |n: usize, otherwise: u32| arguments.get(n).and_then(|a| a.parse().ok()).filter(|n| *n > 0).unwrap_or(otherwise);
    let print = &mut |line: &str| println!("{line}");
    match arguments.get(1).map(String::as_str) {
        Some("capture") => {
            let beside = capture::Beside { objects: number(4, 0), commits: number(5, 0) };
            capture::capture(&bench, number(2, 1000), number(3, 3), beside, print)
        }
        Some("cqrs") => cqrs::cqrs(&bench, number(2, 10_000), number(3, 5), print),
        Some("migrate") => migrate::migrate(&bench, number(2, 5000), number(3, 5), print),
        Some("snapshot") => snapshot::snapshot(&bench, number(2, 2000), number(3, 5), print),
        Some("storage") => storage::storage(&bench, number(2, 200), print),
        other => Err(format!("there is no measurement {other:?}: try capture, cqrs, migrate, snapshot or storage").into()),
    }
}
