//! How many schemas of the corpus are exact after export and import: `cargo xtask corpus roundtrip` runs this.

use std::process::ExitCode;

use pggit_tests::clients::Clients;
use pggit_tests::{corpus, servers};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result is this program's output, and it takes minutes")]
fn main() -> ExitCode {
    let Some(directory) = corpus::directory() else {
        println!("no corpus beside the project (../shared/corpus/schema-pairs): nothing to do");
        return ExitCode::SUCCESS;
    };
    let mut exact = true;
    for server in servers() {
        let Some(clients) = Clients::of(server.version) else { return ExitCode::FAILURE };
        let mut told = 0;
        let result = corpus::roundtrip(&directory, server, &clients, &mut |so_far| {
            so_far.misses[told..].iter().for_each(|miss| println!("{miss}"));
            told = so_far.misses.len();
            if so_far.files % 12 == 0 {
                eprintln!("{} files, {} of them not exact", so_far.files, told);
            }
        });
        println!("{} of {} are exact on PostgreSQL {}", result.files - result.misses.len(), result.files, server.version);
        exact = exact && result.misses.is_empty();
    }
    if exact { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
