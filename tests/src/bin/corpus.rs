//! How many schemas of the corpus are exact after export and import: `cargo xtask corpus roundtrip` runs this.

use std::process::ExitCode;

use pggit_tests::corpus;

#[expect(clippy::print_stdout, reason = "the result is this program's output")]
fn main() -> ExitCode {
    let Some(directory) = corpus::directory() else {
        println!("no corpus beside the project (../shared/corpus/schema-pairs): nothing to do");
        return ExitCode::SUCCESS;
    };
    let result = corpus::roundtrip(&directory, &mut |miss| println!("{miss}"));
    println!("{} of {} are exact", result.files - result.misses.len(), result.files);
    if result.misses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
