# The commands of CONTRIBUTING.md. Each is what it says: without `just`, run the line itself.

# Format and lints, as CI has them.
lint:
    .ci/run lints

# All tests; the last lines say what was skipped here, and why.
test *arguments:
    cargo test --all-features {{arguments}}

# The documentation, warnings being errors.
docs:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --all-features

# The usual stages of CI, or those that are named; `.ci/run --list` has them.
ci *stages:
    .ci/run {{stages}}

# The benchmarks of functions, `poll` and `ws` beside the bare system calls and tungstenite.
bench:
    cargo bench --bench socket && cargo bench --bench poll && cargo bench --bench ws
