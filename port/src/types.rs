//! The types that a PHP value can have in Rust.

use crate::ast::{Expr, ExprKind};
use crate::records::record_mark;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rep {
    /// A number as it is written: any of the others.
    Literal,
    I32,
    Usize,
    I64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// `&'static str`
    Literal,
    /// `String`
    String,
    /// `Vec<u8>`
    Bytes,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    /// Nothing is known yet.
    Unknown,
    Null,
    False,
    Bool,
    Int(Rep),
    Float,
    Str(Text),
    Socket,
    /// What `fopen` returns.
    File,
    /// The standard input, opened once more.
    Input,
    /// What `socket_recvmsg` fills.
    Header,
    /// What is thrown.
    Exception,
    /// An object of a class of the program.
    Object(String),
    /// What `socket_get_option` returns.
    OptionValue,
    /// What `json_decode` returns.
    Json,
    /// `T|false`
    Opt(Box<Self>),
    /// `T|null`
    Maybe(Box<Self>),
    /// An array with the keys 0, 1, 2 …
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    Tuple(Vec<Self>),
    /// An array whose keys are written out, with a type for each.
    Record(Vec<(String, Self)>),
    /// A function without a result.
    Void,
    /// Values of types that have nothing in common.
    Mixed(String),
}

pub(crate) const INT: Ty = Ty::Int(Rep::I64);
pub(crate) const BYTES: Ty = Ty::Str(Text::Bytes);
pub(crate) const STRING: Ty = Ty::Str(Text::String);

impl Ty {
    pub(crate) fn opt(self) -> Self {
        match self {
            Self::Opt(_) | Self::Bool | Self::False | Self::Mixed(_) => self,
            other => Self::Opt(Box::new(other)),
        }
    }

    /// The type that has null, too.
    pub(crate) fn maybe(self) -> Self {
        match self {
            Self::Maybe(_) | Self::Null | Self::Mixed(_) => self,
            Self::False | Self::Opt(_) | Self::Void | Self::Unknown => Self::Mixed(format!("null and {}", self.name())),
            other => Self::Maybe(Box::new(other)),
        }
    }

    /// The type that has the values of both.
    pub(crate) fn join(&self, other: &Self) -> Self {
        use Ty::*;
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Unknown, a) | (a, Unknown) => a.clone(),
            (Mixed(a), _) | (_, Mixed(a)) => Mixed(a.clone()),
            (Json, Str(_) | Int(_) | Float | Bool | False | Null) => Json,
            (Str(_) | Int(_) | Float | Bool | False | Null, Json) => Json,
            (Json, Maybe(inner)) | (Maybe(inner), Json) if matches!(**inner, Str(_) | Int(_) | Float | Bool) => Json,
            (Json, other) | (other, Json) => Mixed(format!("{} and {}", Json.name(), other.name())),
            (Int(a), Int(b)) => Int(match (a, b) {
                (Rep::Literal, x) | (x, Rep::Literal) => *x,
                _ => Rep::I64,
            }),
            (Str(a), Str(b)) => Str(match (a, b) {
                (Text::Bytes, _) | (_, Text::Bytes) => Text::Bytes,
                _ => Text::String,
            }),
            (False, Bool) | (Bool, False) => Bool,
            (Null, a) | (a, Null) => a.clone().maybe(),
            (Maybe(a), Maybe(b)) => a.join(b).maybe(),
            (Maybe(a), b) | (b, Maybe(a)) => a.join(b).maybe(),
            (False, a) | (a, False) => a.clone().opt(),
            (Opt(a), Opt(b)) => a.join(b).opt(),
            (Opt(a), b) | (b, Opt(a)) if *b != Bool && *b != Null => a.join(b).opt(),
            (List(a), List(b)) => List(Box::new(a.join(b))),
            (Map(k, a), Map(l, b)) => Map(Box::new(k.join(l)), Box::new(a.join(b))),
            (List(a), Map(k, b)) | (Map(k, b), List(a)) if **a == Unknown => Map(k.clone(), b.clone()),
            (List(a), Map(k, b)) | (Map(k, b), List(a)) => Map(Box::new(k.join(&INT)), Box::new(a.join(b))),
            (Tuple(a), Tuple(b)) if a.len() == b.len() => Tuple(a.iter().zip(b).map(|(a, b)| a.join(b)).collect()),
            (Tuple(a), List(b)) | (List(b), Tuple(a)) if **b == Unknown => Tuple(a.clone()),
            (Record(a), Record(b)) if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0) => {
                Record(a.iter().zip(b).map(|((key, a), (_, b))| (key.clone(), a.join(b))).collect())
            }
            (Record(fields), List(inner)) | (List(inner), Record(fields)) if **inner == Unknown => {
                Record(fields.clone())
            }
            (record @ Record(_), other @ (Record(_) | Map(..))) => record.loose().join(&other.loose()),
            (map @ Map(..), record @ Record(_)) => map.join(&record.loose()),
            (a, b) => Mixed(format!("{} and {}", a.name(), b.name())),
        }
    }

    /// A record as an array whose keys are not known.
    pub(crate) fn loose(&self) -> Self {
        match self {
            Self::Record(fields) => {
                let all = fields.iter().fold(Self::Unknown, |all, (_, ty)| all.join(ty));
                Self::Map(Box::new(BYTES), Box::new(all))
            }
            other => other.clone(),
        }
    }

    /// The type of a field of a record.
    pub(crate) fn field(&self, key: &Expr) -> Option<&Self> {
        match (self, &key.kind) {
            (Self::Record(fields), ExprKind::Str(text)) => {
                fields.iter().find(|(name, _)| name.as_bytes() == text).map(|(_, ty)| ty)
            }
            _ => None,
        }
    }

    /// What PHP calls it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "an unknown value",
            Self::Null => "null",
            Self::False | Self::Bool => "a bool",
            Self::Int(_) => "an int",
            Self::Float => "a float",
            Self::Str(_) => "a string",
            Self::Socket => "a socket",
            Self::File | Self::Input => "a file",
            Self::Header => "a message",
            Self::Exception => "an exception",
            Self::Object(_) => "an object",
            Self::OptionValue => "a socket's option",
            Self::Json => "a value of JSON",
            Self::Opt(_) => "a value or false",
            Self::Maybe(_) => "a value or null",
            Self::List(_) | Self::Map(..) => "an array",
            Self::Tuple(_) | Self::Record(_) => "an array of several types",
            Self::Void => "nothing",
            Self::Mixed(_) => "several types",
        }
    }

    /// As Rust writes it.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Unknown => "i64".into(),
            Self::Null | Self::Void => "()".into(),
            Self::False | Self::Bool => "bool".into(),
            Self::Int(Rep::I32) => "i32".into(),
            Self::Int(Rep::Usize) => "usize".into(),
            Self::Int(_) => "i64".into(),
            Self::Float => "f64".into(),
            Self::Str(Text::Literal) => "&'static str".into(),
            Self::Str(Text::String) => "String".into(),
            Self::Str(Text::Bytes) => "Vec<u8>".into(),
            Self::Socket => "Socket".into(),
            Self::File => "std::fs::File".into(),
            Self::Input => "Input".into(),
            Self::Header => "MessageHeader".into(),
            Self::Exception => "Exception".into(),
            Self::Object(class) => crate::records::type_name(class),
            Self::OptionValue => "OptionValue".into(),
            Self::Json => "Json".into(),
            Self::Opt(inner) | Self::Maybe(inner) => format!("Option<{}>", inner.rust()),
            Self::List(inner) if **inner == Self::Unknown => "Vec<Socket>".into(),
            Self::List(inner) => format!("Vec<{}>", inner.rust()),
            Self::Map(key, inner) => format!("Array<{}, {}>", key.rust(), inner.rust()),
            Self::Tuple(list) => format!("({})", list.iter().map(Self::rust).collect::<Vec<_>>().join(", ")),
            Self::Record(fields) => record_mark(fields),
            Self::Mixed(_) => "()".into(),
        }
    }

    pub(crate) fn is_copy(&self) -> bool {
        matches!(self, Self::Bool | Self::Int(_) | Self::Float | Self::Str(Text::Literal))
            || matches!(self, Self::Opt(inner) | Self::Maybe(inner) if inner.is_copy())
    }

    /// Whether there are values of several types in it.
    pub(crate) fn has_mixed(&self) -> bool {
        match self {
            Self::Mixed(_) => true,
            Self::Opt(inner) | Self::Maybe(inner) | Self::List(inner) => inner.has_mixed(),
            Self::Map(key, inner) => key.has_mixed() || inner.has_mixed(),
            _ => false,
        }
    }

    /// Whether it is a socket, which may be missing.
    pub(crate) fn is_handle(&self) -> bool {
        match self {
            Self::Opt(inner) | Self::Maybe(inner) => **inner == Self::Socket,
            other => *other == Self::Socket,
        }
    }

    pub(crate) fn holds_socket(&self) -> bool {
        match self {
            Self::Socket | Self::Object(_) => true,
            Self::Opt(inner) | Self::Maybe(inner) | Self::List(inner) | Self::Map(_, inner) => inner.holds_socket(),
            Self::Tuple(list) => list.iter().any(Self::holds_socket),
            Self::Record(fields) => fields.iter().any(|(_, ty)| ty.holds_socket()),
            _ => false,
        }
    }

    /// Whether there is no value that stands for a missing one: a connection, or what has one.
    pub(crate) fn is_kept(&self) -> bool {
        match self {
            Self::Socket | Self::File | Self::Input | Self::Exception | Self::Object(_) | Self::OptionValue => true,
            Self::Tuple(list) => list.iter().any(Self::is_kept),
            Self::Record(fields) => fields.iter().any(|(_, ty)| ty.is_kept()),
            _ => false,
        }
    }

    /// Whether there are more types within each other than a number.
    pub(crate) fn is_deeper(&self, than: usize) -> bool {
        let Some(less) = than.checked_sub(1) else { return true };
        match self {
            Self::Opt(inner) | Self::Maybe(inner) | Self::List(inner) => inner.is_deeper(less),
            Self::Map(key, inner) => key.is_deeper(less) || inner.is_deeper(less),
            Self::Tuple(list) => list.iter().any(|ty| ty.is_deeper(less)),
            Self::Record(fields) => fields.iter().any(|(_, ty)| ty.is_deeper(less)),
            _ => false,
        }
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(..))
    }

    pub(crate) fn element(&self) -> Self {
        match self {
            Self::List(inner) | Self::Map(_, inner) => (**inner).clone(),
            Self::Record(_) => self.loose().element(),
            Self::Json => Self::Json,
            _ => Self::Unknown,
        }
    }
}
