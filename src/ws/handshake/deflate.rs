//! The negotiation of permessage-deflate: a wish against an offer, an offer against a response.

use super::{Error, Extension, Extensions};
use crate::ws::deflate::Parameters;

/// The extension's name.
const NAME: &str = "permessage-deflate";

const MAX_WINDOW_BITS: u8 = 15;

/// The smallest window that can be compressed with: zlib has no 256-byte one. Peers may ask for 8 nevertheless.
const MIN_OWN_WINDOW_BITS: u8 = 9;

impl Parameters {
    /// # Errors
    /// [`Error::InvalidWindowBits`] for a wish that is not 9 to 15.
    #[cfg(any(feature = "deflate", test))]
    pub(super) fn validated(self) -> Result<Self, Error> {
        let is_valid = |bits| (MIN_OWN_WINDOW_BITS..=MAX_WINDOW_BITS).contains(&bits);
        if is_valid(self.server_max_window_bits) && is_valid(self.client_max_window_bits) {
            Ok(self)
        } else {
            Err(Error::InvalidWindowBits)
        }
    }

    /// A client's offer of this wish, as the header has it.
    pub(super) fn offer(&self) -> String {
        let client_max_window_bits = Some(self.client_max_window_bits).filter(|&bits| bits < MAX_WINDOW_BITS);
        Terms {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: Some(self.server_max_window_bits).filter(|&bits| bits < MAX_WINDOW_BITS),
            // Without a value: the client would obey any limit.
            client_max_window_bits: Some(client_max_window_bits),
        }
        .to_text()
    }

    /// A server's choice among a client's extensions: the first offer that this wish can be met under, and the
    /// response's text. `wish` is none when the server does not compress; the grammar is checked nevertheless.
    pub(super) fn choose<'a>(
        wish: Option<Self>,
        offers: impl Iterator<Item = &'a str>,
    ) -> Result<Option<(Self, String)>, Error> {
        let mut chosen = None;
        for offer in offers.flat_map(Extensions::new) {
            let offer = offer?;
            if let (Some(wish), None) = (wish, &chosen) {
                chosen = Terms::parse(&offer).and_then(|terms| wish.answer(&terms));
            }
        }
        Ok(chosen)
    }

    fn answer(self, offer: &Terms) -> Option<(Self, String)> {
        let server_max_window_bits =
            self.server_max_window_bits.min(offer.server_max_window_bits.unwrap_or(MAX_WINDOW_BITS));
        if server_max_window_bits < MIN_OWN_WINDOW_BITS {
            return None;
        }
        let client_max_window_bits = match offer.client_max_window_bits {
            Some(limit) => self.client_max_window_bits.min(limit.unwrap_or(MAX_WINDOW_BITS)),
            None => MAX_WINDOW_BITS,
        };
        let agreed = Self {
            server_no_context_takeover: self.server_no_context_takeover || offer.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover || offer.client_no_context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        };
        let limit = |bits: u8| Some(bits).filter(|&bits| bits < MAX_WINDOW_BITS);
        let terms = Terms {
            server_no_context_takeover: agreed.server_no_context_takeover,
            client_no_context_takeover: agreed.client_no_context_takeover,
            server_max_window_bits: offer
                .server_max_window_bits
                .map_or_else(|| limit(server_max_window_bits), |_| Some(server_max_window_bits)),
            client_max_window_bits: limit(client_max_window_bits).map(Some),
        };
        Some((agreed, terms.to_text()))
    }

    /// A client's check of the server's extensions against its offers, of which any may have been accepted.
    pub(super) fn verify<'a>(offers: &[Self], response: impl Iterator<Item = &'a str>) -> Result<Option<Self>, Error> {
        let mut agreed = None;
        for extension in response.flat_map(Extensions::new) {
            let terms = Terms::parse(&extension?).ok_or(Error::UnexpectedExtension)?;
            let parameters = offers.iter().find_map(|offer| offer.fit(&terms)).ok_or(Error::UnexpectedExtension)?;
            if agreed.replace(parameters).is_some() {
                return Err(Error::UnexpectedExtension);
            }
        }
        Ok(agreed)
    }

    /// What is in use when a server answered this offer with these terms, if they fit it.
    fn fit(&self, response: &Terms) -> Option<Self> {
        let server_max_window_bits = response.server_max_window_bits.unwrap_or(MAX_WINDOW_BITS);
        let client_max_window_bits = match response.client_max_window_bits {
            Some(limit) => limit?,
            None => self.client_max_window_bits,
        };
        let fits = server_max_window_bits <= self.server_max_window_bits
            && client_max_window_bits <= self.client_max_window_bits
            && (response.server_no_context_takeover || !self.server_no_context_takeover);
        fits.then_some(Self {
            server_no_context_takeover: response.server_no_context_takeover,
            client_no_context_takeover: response.client_no_context_takeover || self.client_no_context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        })
    }
}

/// The parameters of one offer or response, as written.
#[derive(Debug, Default)]
struct Terms {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// In an offer it may stand without a value.
    client_max_window_bits: Option<Option<u8>>,
}

impl Terms {
    /// None for another extension, and for unknown, repeated or invalid parameters: a server passes over such an offer,
    /// a client fails.
    fn parse(extension: &Extension<'_>) -> Option<Self> {
        let mut terms = Self::default();
        for (name, value) in extension.parameters() {
            let bits = value.as_deref().map(window_bits);
            let is_repeated = match (name, bits) {
                ("server_no_context_takeover", None) => std::mem::replace(&mut terms.server_no_context_takeover, true),
                ("client_no_context_takeover", None) => std::mem::replace(&mut terms.client_no_context_takeover, true),
                ("server_max_window_bits", Some(bits)) => terms.server_max_window_bits.replace(bits?).is_some(),
                ("client_max_window_bits", Some(bits)) => terms.client_max_window_bits.replace(Some(bits?)).is_some(),
                ("client_max_window_bits", None) => terms.client_max_window_bits.replace(None).is_some(),
                _ => return None,
            };
            if is_repeated {
                return None;
            }
        }
        (extension.name() == NAME).then_some(terms)
    }

    fn to_text(&self) -> String {
        let mut text = String::from(NAME);
        if self.server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if self.client_no_context_takeover {
            text.push_str("; client_no_context_takeover");
        }
        if let Some(bits) = self.server_max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        match self.client_max_window_bits {
            Some(Some(bits)) => text.push_str(&format!("; client_max_window_bits={bits}")),
            Some(None) => text.push_str("; client_max_window_bits"),
            None => {}
        }
        text
    }
}

/// 8 to 15, without a leading zero.
fn window_bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok().filter(|bits| (8..=MAX_WINDOW_BITS).contains(bits))?;
    value.starts_with(|first: char| first.is_ascii_digit() && first != '0').then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Parameters = Parameters {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };

    #[test]
    fn a_server_answers_the_first_offer_that_it_can_meet() {
        let wish = Parameters { client_max_window_bits: 12, ..DEFAULT };
        for (offer, response) in [
            ("permessage-deflate", Some("permessage-deflate")),
            ("permessage-deflate; client_max_window_bits", Some("permessage-deflate; client_max_window_bits=12")),
            ("permessage-deflate; client_max_window_bits=10", Some("permessage-deflate; client_max_window_bits=10")),
            (
                "permessage-deflate; client_max_window_bits=\"10\"",
                Some("permessage-deflate; client_max_window_bits=10"),
            ),
            ("permessage-deflate; client_max_window_bits=8", Some("permessage-deflate; client_max_window_bits=8")),
            ("permessage-deflate; server_max_window_bits=15", Some("permessage-deflate; server_max_window_bits=15")),
            ("permessage-deflate; server_max_window_bits=9", Some("permessage-deflate; server_max_window_bits=9")),
            ("permessage-deflate; server_max_window_bits=8", None),
            (
                "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_no_context_takeover",
                Some("permessage-deflate; server_no_context_takeover"),
            ),
            (
                "permessage-deflate; client_no_context_takeover, permessage-deflate",
                Some("permessage-deflate; client_no_context_takeover"),
            ),
            ("x-webkit-deflate-frame, foo; bar=1", None),
            ("Permessage-Deflate", None),
        ] {
            let chosen = Parameters::choose(Some(wish), [offer].into_iter());
            assert_eq!(
                chosen.map(|chosen| chosen.map(|chosen| chosen.1)).as_ref().map(Option::as_deref),
                Ok(response),
                "{offer}"
            );
            assert_eq!(Parameters::choose(None, [offer].into_iter()), Ok(None), "{offer}");
        }
    }

    #[test]
    fn a_malformed_list_fails_even_behind_a_choice() {
        let lines = ["permessage-deflate", "a;"];
        for wish in [None, Some(DEFAULT)] {
            assert_eq!(Parameters::choose(wish, lines.into_iter()), Err(Error::Extensions));
        }
    }

    #[test]
    fn offers_say_what_is_wished() {
        assert_eq!(DEFAULT.offer(), "permessage-deflate; client_max_window_bits");
        let wish = Parameters {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: 10,
            client_max_window_bits: 9,
        };
        assert_eq!(
            wish.offer(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; \
             client_max_window_bits=9"
        );
        assert_eq!(Parameters { client_max_window_bits: 8, ..DEFAULT }.validated(), Err(Error::InvalidWindowBits));
        assert_eq!(Parameters { server_max_window_bits: 16, ..DEFAULT }.validated(), Err(Error::InvalidWindowBits));
    }

    #[test]
    fn a_client_accepts_what_fits_one_of_its_offers() {
        let strict = Parameters { server_no_context_takeover: true, server_max_window_bits: 10, ..DEFAULT };
        let both = [strict, Parameters { client_max_window_bits: 11, ..DEFAULT }];
        let verify = |response: &str| Parameters::verify(&both, [response].into_iter());
        assert_eq!(verify(""), Ok(None));
        // Only the second offer is met; its own limit stays.
        assert_eq!(verify("permessage-deflate"), Ok(Some(both[1])));
        assert_eq!(
            verify("permessage-deflate; server_no_context_takeover; server_max_window_bits=9"),
            Ok(Some(Parameters { server_max_window_bits: 9, ..strict }))
        );
        assert_eq!(
            Parameters::verify(&both[..1], ["permessage-deflate"].into_iter()),
            Err(Error::UnexpectedExtension),
            "the server must say that it obeys"
        );
        for response in [
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate; x",
            "x",
        ] {
            assert_eq!(verify(response), Err(Error::UnexpectedExtension), "{response}");
        }
        assert_eq!(verify("permessage-deflate;"), Err(Error::Extensions));
    }

    #[test]
    fn answers_fit_the_offers_that_they_answer() -> Result<(), Error> {
        let mut all = Vec::new();
        for flags in 0..4 {
            for server_max_window_bits in [9, 12, 15] {
                for client_max_window_bits in [9, 12, 15] {
                    all.push(Parameters {
                        server_no_context_takeover: flags & 1 != 0,
                        client_no_context_takeover: flags & 2 != 0,
                        server_max_window_bits,
                        client_max_window_bits,
                    });
                }
            }
        }
        // In Miri a few of them.
        let step = if cfg!(miri) { 7 } else { 1 };
        for client in all.iter().step_by(step) {
            for server in all.iter().step_by(step) {
                let (agreed, text) =
                    Parameters::choose(Some(*server), [&*client.offer()].into_iter())?.expect("an offer in reach");
                assert_eq!(
                    Parameters::verify(&[*client], [&*text].into_iter())?,
                    Some(agreed),
                    "{client:?} {server:?}"
                );
                assert!(
                    agreed.server_max_window_bits <= client.server_max_window_bits.min(server.server_max_window_bits)
                );
                assert!(
                    agreed.client_max_window_bits <= client.client_max_window_bits.min(server.client_max_window_bits)
                );
            }
        }
        Ok(())
    }
}
