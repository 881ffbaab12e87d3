//! The command line of pgGit.

fn main() {
    let mut r = pggit_core::Repository::connect(&std::env::args().nth(1).unwrap_or_default()).unwrap();
    println!("{:?}", r.install(&mut |_| {}));
}
