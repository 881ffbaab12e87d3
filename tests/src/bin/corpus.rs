//! How many schemas of the corpus are exact after export and import: `cargo xtask corpus roundtrip` runs this.

use std::process::ExitCode;

use pggit_tests::{corpus, servers};

#[expect(clippy::print_stdout, reason = "the result is this program's output")]
fn main() -> ExitCode {
    let Some(directory) = corpus::directory() else {
        println!("no corpus beside the project (../shared/corpus/schema-pairs): nothing to do");
        return ExitCode::SUCCESS;
    };
    let mut exact = true;
    for server in servers() {
        let result = corpus::roundtrip(&directory, server, &mut |miss| println!("{miss}"));
        println!("{} of {} are exact on PostgreSQL {}", result.files - result.misses.len(), result.files, server.version);
        exact = exact && result.misses.is_empty();
    }
    if exact { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
