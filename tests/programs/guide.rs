//! The fragments of the guides in `docs/`: what stands between `// shown` and `// not shown` is what a page has, to the letter
//! (`tests/project/fragments.rs`), so it is laid out for the page.
#![allow(unused, unused_qualifications, clippy::all, clippy::pedantic, reason = "what a page shows is for its reader")]

#[cfg(feature = "server")]
#[rustfmt::skip]
mod behind_a_proxy;
#[rustfmt::skip]
mod from_php;
