//! Guides: documentation alone, from the pages in `docs/`. Their programs are compiled and run as tests.
//!
//! From PHP: [`from_php`], with [`deviations`].
#![cfg_attr(
    feature = "server",
    doc = "From libraries: [`from_workerman`], [`from_ratchet`], [`from_swoole`], [`from_uwebsockets`], [`from_tungstenite`].",
    doc = "Recipes: [`recipes`], [`behind_a_proxy`], [`many_clients`], [`scale`]."
)]
#![cfg_attr(all(feature = "server", feature = "tls"), doc = "TLS: [`tls`].")]

/// Makes a module of each page. A page's links to others are references, so that they lead to the file where the page is
/// read as a file; here, what is defined first counts, and leads to the module.
macro_rules! pages {
    ($($(#[$condition:meta])? $page:ident = $file:literal;)*) => {
        $(
            $(#[$condition])?
            #[doc = "[from-php.md]: crate::guide::from_php\n[deviations.md]: crate::guide::deviations"]
            #[cfg_attr(feature = "server", doc = "[from-workerman.md]: crate::guide::from_workerman")]
            #[cfg_attr(feature = "server", doc = "[from-tungstenite.md]: crate::guide::from_tungstenite")]
            #[cfg_attr(feature = "server", doc = "[recipes.md]: crate::guide::recipes")]
            #[cfg_attr(feature = "server", doc = "[behind-a-proxy.md]: crate::guide::behind_a_proxy")]
            #[cfg_attr(feature = "server", doc = "[many-clients.md]: crate::guide::many_clients")]
            #[cfg_attr(feature = "server", doc = "[scale.md]: crate::guide::scale")]
            #[cfg_attr(all(feature = "server", feature = "tls"), doc = "[tls.md]: crate::guide::tls")]
            #[doc = ""]
            #[doc = include_str!(concat!("../docs/", $file))]
            pub mod $page {}
        )*
    };
}

pages! {
    from_php = "from-php.md";
    deviations = "deviations.md";
    #[cfg(feature = "server")] from_workerman = "from-workerman.md";
    #[cfg(feature = "server")] from_ratchet = "from-ratchet.md";
    #[cfg(feature = "server")] from_swoole = "from-swoole.md";
    #[cfg(feature = "server")] from_uwebsockets = "from-uwebsockets.md";
    #[cfg(feature = "server")] from_tungstenite = "from-tungstenite.md";
    #[cfg(feature = "server")] recipes = "recipes.md";
    #[cfg(feature = "server")] behind_a_proxy = "behind-a-proxy.md";
    #[cfg(feature = "server")] many_clients = "many-clients.md";
    #[cfg(feature = "server")] scale = "scale.md";
    #[cfg(all(feature = "server", feature = "tls"))] tls = "tls.md";
}

/// The programs of the READMEs are compiled too.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../README.zh-CN.md")]
mod readme {}
