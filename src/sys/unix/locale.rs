//! The locale of a thread, for the one call that looks at it.
#![allow(unsafe_code, reason = "system calls")]

use std::ptr;

/// As long as it lives, the C library takes this thread's strings for UTF-8, as it does in PHP, which sets the locale at its
/// start. Without it getaddrinfo(3) would not know the characters of a name that it has to encode.
pub(super) struct Utf8 {
    locale: libc::locale_t,
    before: libc::locale_t,
}

impl Utf8 {
    /// Changes nothing where the system does not have the locale.
    pub(super) fn begin() -> Self {
        // SAFETY: the name is a C string, and without a base a new locale is made.
        let locale = unsafe { libc::newlocale(libc::LC_CTYPE_MASK, c"C.UTF-8".as_ptr(), ptr::null_mut()) };
        // SAFETY: it is a locale, or null, which changes nothing.
        let before = unsafe { libc::uselocale(locale) };
        Self { locale, before }
    }
}

impl Drop for Utf8 {
    fn drop(&mut self) {
        // SAFETY: it is what the thread had before.
        unsafe { libc::uselocale(self.before) };
        if !self.locale.is_null() {
            // SAFETY: `begin` has made it, and no thread uses it any more.
            unsafe { libc::freelocale(self.locale) };
        }
    }
}
