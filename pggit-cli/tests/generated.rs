//! What is made from the arguments: completions and manual pages.

use std::io::Write as _;
use std::process::{Command, Stdio};

fn pggit(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pggit")).args(arguments).output().expect("pggit runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_shell_is_told_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = pggit(&["completions", shell]);
        for word in ["install", "emergency", "completions", "--database-url", "adopt"] {
            assert!(script.contains(word.trim_start_matches('-')), "{shell} is not told of {word}");
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let script = format!(
        "{}\ncomplete_line() {{ COMP_WORDS=($1); COMP_CWORD=$2; COMPREPLY=(); _pggit pggit \"${{COMP_WORDS[$2]}}\" \"${{COMP_WORDS[$2 - 1]}}\"; echo \"${{COMPREPLY[@]}}\"; }}\n\
         complete_line 'pggit inst' 1; complete_line 'pggit install --ad' 2; complete_line 'pggit deploy be' 2",
        pggit(&["completions", "bash"])
    );
    let mut bash = Command::new("bash").arg("--norc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash runs");
    bash.stdin.take().expect("piped").write_all(script.as_bytes()).expect("bash reads");
    let output = bash.wait_with_output().expect("bash ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "install\n--adopt\nbegin\n");
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = tempfile::tempdir().expect("a directory");
    let dir = directory.path().to_str().expect("UTF-8");
    let written: Vec<String> = serde_json::from_str(&pggit(&["man", "--dir", dir, "--format", "json"])).expect("JSON");
    for name in ["pggit", "pggit-install", "pggit-deploy-begin", "pggit-man"] {
        assert!(written.iter().any(|w| w.ends_with(&format!("/{name}.1"))), "{name} has no page: {written:?}");
    }
    for path in &written {
        let page = std::fs::read_to_string(path).expect("it is there");
        for part in [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH ENVIRONMENT", ".SH \"EXIT STATUS\""] {
            assert!(page.contains(part), "{path} has no {part}");
        }
        assert!(!page.contains(".SS help") && !path.ends_with("help.1"), "{path}");
    }
    assert!(pggit(&["man"]).contains("pggit\\-install(1)"));
}
