/// What a decoder found in the bytes it was given: a whole item, or only the beginning of one.
///
/// Incomplete input is not an error: more bytes complete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status<T> {
    /// The item, and how many bytes of the input it took.
    Complete(T, usize),
    /// The input is a proper prefix of an item; decode again when more bytes have arrived.
    Partial,
}
