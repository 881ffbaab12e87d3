//! What the build needs of the system: libpq, and libclang for the parser's bindings.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::run::{root, say};

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
}

/// Finds the libraries, and installs what is missing. Says what it does.
pub fn prepare() -> anyhow::Result<Libraries> {
    let mut libraries = Libraries::default();
    let mut missing = Vec::new();
    if !has_libpq() {
        missing.push("libpq-dev");
    }
    if !has_libclang() {
        missing.push("libclang-dev");
    }
    if missing.is_empty() {
        return Ok(libraries);
    }
    if is_root() && Path::new("/usr/bin/apt-get").exists() {
        say(&format!("installing with apt-get: {}", missing.join(" ")));
        let script = format!("apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq {}", missing.join(" "));
        let output = Command::new("sh").args(["-c", &script]).output().context("cannot run apt-get")?;
        if !output.status.success() {
            bail!("apt-get failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        return Ok(libraries);
    }
    if missing.contains(&"libpq-dev") {
        bail!(
            "libpq is not on this machine. Debian: sudo apt-get install libpq-dev; Fedora: sudo dnf install libpq-devel; macOS: brew install libpq"
        );
    }
    libraries.variables = libclang_from_pip()?;
    Ok(libraries)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")
}

fn has_libpq() -> bool {
    let configured = Command::new("pg_config").arg("--libdir").output().ok().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    let common = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/opt/homebrew/opt/libpq/lib",
        "/usr/local/opt/libpq/lib",
    ];
    configured
        .iter()
        .map(String::as_str)
        .chain(common)
        .any(|d| ["libpq.so", "libpq.dylib", "libpq.a"].iter().any(|f| Path::new(d).join(f).exists()))
}

fn has_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let mut directories: Vec<PathBuf> = [
        "/usr/lib64",
        "/usr/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/opt/homebrew/opt/llvm/lib",
        "/Library/Developer/CommandLineTools/usr/lib",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    directories.extend(
        std::fs::read_dir("/usr/lib")
            .into_iter()
            .flatten()
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with("llvm"))
            .map(|e| e.path().join("lib")),
    );
    directories.iter().any(|d| {
        std::fs::read_dir(d).into_iter().flatten().flatten().any(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            // libclang-cpp is another library
            (name.starts_with("libclang.so") || name.starts_with("libclang-") && !name.starts_with("libclang-cpp") && name.contains(".so"))
                || name == "libclang.dylib"
        })
    })
}

/// Without root: the library from Python's package index, in a directory of ours.
fn libclang_from_pip() -> anyhow::Result<Vec<(String, String)>> {
    let target = root().join("target/libclang");
    let native = target.join("clang/native");
    if !native.exists() {
        say("installing libclang with pip into target/libclang");
        let status = Command::new("python3").args(["-m", "pip", "install", "--quiet", "--target"]).arg(&target).arg("libclang").status();
        if !status.is_ok_and(|s| s.success()) {
            bail!(
                "libclang is not on this machine. Debian: sudo apt-get install libclang-dev; Fedora: sudo dnf install clang-devel; macOS: xcode-select --install"
            );
        }
    }
    let mut variables = vec![("LIBCLANG_PATH".to_owned(), native.display().to_string())];
    if let Ok(output) = Command::new("cc").arg("-print-file-name=include").output() {
        variables.push(("BINDGEN_EXTRA_CLANG_ARGS".to_owned(), format!("-I{}", String::from_utf8_lossy(&output.stdout).trim())));
    }
    Ok(variables)
}
