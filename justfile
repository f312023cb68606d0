# The commands of CONTRIBUTING.md. Each is what it says: without `just`, run the line itself.

# Format and lints, as CI has them.
lint:
    .ci/run lints

# The library's tests that start no other program, a minute after a small change; or what is named, as `--test ws frames`.
test *arguments='-p php-sockets --lib --test core --test poll --test ws --test server --test tls --test project --test z_skipped':
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
