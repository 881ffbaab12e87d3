//! What the build needs of the system: libpq, and libclang for the parser's bindings.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::run::{quietly, say, target};

/// What cargo must be told to find the libraries.
#[derive(Debug, Default)]
pub struct Libraries {
    variables: Vec<(String, String)>,
}

impl Libraries {
    /// Tells a command where they are.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }

    fn set(&mut self, name: &str, value: String) {
        say(&format!("using {name}={value}"));
        self.variables.push((name.to_owned(), value));
    }
}

/// Finds the libraries, and installs what is missing. Says what it does.
pub fn prepare() -> anyhow::Result<Libraries> {
    let mut missing = Vec::new();
    if libpq().is_none() {
        missing.push("libpq-dev");
    }
    if !has_libclang() {
        missing.push("libclang-dev");
    }
    if !missing.is_empty() && is_root() && Path::new("/usr/bin/apt-get").exists() {
        apt_get(&missing)?;
    }
    let mut libraries = Libraries::default();
    match libpq() {
        None => bail!(
            "libpq is not on this machine. Debian: sudo apt-get install libpq-dev; Fedora: sudo dnf install libpq-devel; macOS: brew install libpq"
        ),
        // The crate that links it asks pg_config, and must be told where there is none.
        Some(directory) if pg_config("--libdir").is_none() && std::env::var_os("PQ_LIB_DIR").is_none() => {
            libraries.set("PQ_LIB_DIR", directory.display().to_string());
        }
        Some(_) => {}
    }
    if !has_libclang() {
        libraries.set("LIBCLANG_PATH", libclang_from_pip()?.display().to_string());
    }
    // The library alone has no headers of C's own, as stdbool.h; the compiler has them.
    if !has_clang_headers()
        && std::env::var_os("BINDGEN_EXTRA_CLANG_ARGS").is_none()
        && let Some(include) = printed_path(Command::new("cc").arg("-print-file-name=include"))
    {
        libraries.set("BINDGEN_EXTRA_CLANG_ARGS", format!("-I{}", include.display()));
    }
    Ok(libraries)
}

/// Whether it is root that runs this.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")
}

fn apt_get(packages: &[&str]) -> anyhow::Result<()> {
    say(&format!("installing with apt-get: {}", packages.join(" ")));
    let options = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=60"];
    let command = || {
        let mut command = Command::new("apt-get");
        command.args(options).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    quietly(command().arg("update"))?;
    quietly(command().args(["install", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("mend it with: apt-get install {}", packages.join(" ")))
}

/// The path that a command prints, when it succeeds and the path is there.
fn printed_path(command: &mut Command) -> Option<PathBuf> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    path.is_dir().then_some(path)
}

fn pg_config(option: &str) -> Option<PathBuf> {
    printed_path(Command::new(std::env::var_os("PG_CONFIG").unwrap_or_else(|| "pg_config".into())).arg(option))
}

/// The directory that has libpq for linking.
fn libpq() -> Option<PathBuf> {
    let common = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/opt/homebrew/opt/libpq/lib",
        "/usr/local/opt/libpq/lib",
    ];
    let told = std::env::var_os("PQ_LIB_DIR").map(PathBuf::from);
    let mut candidates = told.into_iter().chain(pg_config("--libdir")).chain(common.map(PathBuf::from));
    candidates.find(|directory| ["libpq.so", "libpq.dylib", "libpq.a"].iter().any(|file| directory.join(file).exists()))
}

/// Directories of LLVM: Debian has one for each version.
fn llvm() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut found: Vec<_> =
        versions.filter(|e| e.file_name().to_string_lossy().starts_with("llvm")).map(|e| e.path().join("lib")).collect();
    let common = [
        "/usr/lib64",
        "/usr/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/opt/homebrew/opt/llvm/lib",
        "/usr/local/opt/llvm/lib",
        "/Library/Developer/CommandLineTools/usr/lib",
        "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    ];
    found.extend(common.map(PathBuf::from));
    found
}

fn has_libclang() -> bool {
    std::env::var_os("LIBCLANG_PATH").is_some() || llvm().iter().any(|directory| names(directory).iter().any(|name| is_libclang(name)))
}

/// As libclang.so, libclang-14.so.1 and libclang.dylib; libclang-cpp is another library.
fn is_libclang(name: &str) -> bool {
    let library = name == "libclang.dylib" || name.starts_with("libclang.so") || name.starts_with("libclang-") && name.contains(".so");
    library && !name.starts_with("libclang-cpp")
}

fn has_clang_headers() -> bool {
    llvm()
        .iter()
        .map(|directory| directory.join("clang"))
        .any(|versions| names(&versions).iter().any(|version| versions.join(version).join("include/stdbool.h").exists()))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

/// Without root: the library as Python's package index has it, in a directory of ours.
fn libclang_from_pip() -> anyhow::Result<PathBuf> {
    let directory = target().join("libclang");
    let native = directory.join("clang/native");
    if !native.exists() {
        say(&format!("installing libclang with pip into {}", directory.display()));
        quietly(Command::new("python3").args(["-m", "pip", "install", "--quiet", "--target"]).arg(&directory).arg("libclang")).context(
            "libclang is not on this machine. Debian: sudo apt-get install libclang-dev; Fedora: sudo dnf install clang-devel; macOS: xcode-select --install",
        )?;
    }
    Ok(native)
}

/// The driver that the description of a schema from outside runs on, in a directory of ours where Python has none; nothing where there
/// is no way to it, and the test that wants it says that it was skipped.
pub fn python_driver() -> Option<PathBuf> {
    let has_driver = |directory: Option<&Path>| {
        let mut python = Command::new("python3");
        python.args(["-c", "import psycopg"]);
        if let Some(directory) = directory {
            python.env("PYTHONPATH", directory);
        }
        python.output().is_ok_and(|o| o.status.success())
    };
    let directory = target().join("psycopg");
    if !has_driver(None) && !has_driver(Some(&directory)) {
        say(&format!("installing psycopg with pip into {}", directory.display()));
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&directory).arg("psycopg[binary]");
        if let Err(error) = quietly(&mut pip) {
            say(&format!("psycopg cannot be had: {error:#}"));
        }
    }
    has_driver(Some(&directory)).then_some(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libclang_is_told_from_its_neighbours() {
        for name in ["libclang.so", "libclang.so.1", "libclang-14.so.14", "libclang.dylib"] {
            assert!(is_libclang(name), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclangBasic.a", "libpq.so"] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    #[test]
    fn a_command_that_fails_prints_no_path() {
        assert_eq!(printed_path(&mut Command::new("false")), None);
        assert_eq!(printed_path(Command::new("echo").arg("/nowhere/at/all")), None);
        assert_eq!(printed_path(Command::new("echo").arg("/")), Some(PathBuf::from("/")));
    }
}
