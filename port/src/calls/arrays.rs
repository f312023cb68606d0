//! Functions for arrays.

use crate::ast::*;
use crate::code::{self, Code};
use crate::emit::{Emit, R, refuse};
use crate::functions::{self, How};
use crate::types::*;

impl Emit<'_> {
    /// Functions for arrays.
    pub(crate) fn array_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("count" | "sizeof", [list]) => {
                let code = self.value(list)?;
                if !code.ty.is_array() {
                    return refuse(list, format!("count of {}", code.ty.name()));
                }
                Ok(Code::temp(format!("{}.len()", code.wrap(15)), Ty::Int(Rep::Usize)))
            }
            ("in_array", [needle, list, rest @ ..]) if rest.len() <= 1 => self.in_array(e, needle, list, rest.first()),
            ("array_search", [needle, list, rest @ ..])
                if rest.len() <= 1
                    && matches!(
                        (self.types.of(needle), self.types.of(list).element()),
                        (Ty::Str(_), Ty::Str(_)) | (Ty::Int(_), Ty::Int(_))
                    ) =>
            {
                self.array_search(e, needle, list, rest.first())
            }
            ("array_search", [needle, list, rest @ ..])
                if rest.iter().all(|e| matches!(e.kind, ExprKind::Bool(_))) && rest.len() <= 1 =>
            {
                rest.iter().for_each(|strict| self.consume(strict));
                if !self.is_pure(needle) {
                    return refuse(needle, "array_search of what a call returns");
                }
                let (needle_code, list_code) = (self.value(needle)?, self.value(list)?);
                // False is none of the sockets.
                if let (Ty::Opt(inner), Ty::Map(key, element)) = (&needle_code.ty, &list_code.ty)
                    && **inner == Ty::Socket
                    && **element == Ty::Socket
                    && matches!(needle.kind, ExprKind::Var(_))
                {
                    let (needle, list) = (needle_code.wrap(15), list_code.wrap(15));
                    let socket = self.fresh("socket");
                    let found = format!("{needle}.as_ref().and_then(|{socket}| {list}.search({socket}))");
                    return Ok(Some(Code::temp(found, (**key).clone().opt())));
                }
                if needle_code.ty != Ty::Socket || list_code.ty.element() != Ty::Socket {
                    return refuse(e, "array_search of something else than a socket");
                }
                let (needle, list) = (needle_code.reference(), list_code.wrap(15));
                let socket = self.fresh("socket");
                match &list_code.ty {
                    Ty::Map(key, _) => Ok(Code::temp(format!("{list}.search({needle})"), (**key).clone().opt())),
                    _ => Ok(Code::temp(
                        format!("{list}.iter().position(|{socket}| {socket} == {needle})"),
                        Ty::Int(Rep::Usize).opt(),
                    )),
                }
            }
            ("array_key_exists", [key, map]) => {
                let Ty::Map(ty, _) = self.types.of(map) else {
                    return refuse(e, "array_key_exists of a list: isset() says it");
                };
                let key = self.key(key, &ty)?;
                let map = self.value(map)?;
                Ok(Code::temp(format!("{}.contains_key({key})", map.wrap(15)), Ty::Bool))
            }
            ("array_key_first" | "array_key_last", [map]) => {
                let Ty::Map(key, _) = self.types.of(map) else { return refuse(e, "the first or last key of a list") };
                let map = self.value(map)?;
                let method = if name == "array_key_first" { "first_key" } else { "last_key" };
                Ok(Code::temp(format!("{}.{method}()", map.wrap(15)), (*key).opt()))
            }
            ("array_keys", [map, socket])
                if self.types.of(socket) == Ty::Socket
                    && matches!(socket.kind, ExprKind::Var(_))
                    && matches!(self.types.of(map), Ty::Map(_, element) if *element == Ty::Socket) =>
            {
                let (map, socket) = (self.value(map)?, self.value(socket)?);
                let value = self.fresh("value");
                let test = format!("|{value}| {value} == {}", socket.reference());
                Ok(Code::temp(format!("{}.keys_of({test})", map.wrap(15)), self.types.of(e)))
            }
            ("array_keys", [map]) => {
                let ty = self.types.of(e);
                let Ty::Map(..) = self.types.of(map) else { return refuse(e, "array_keys of a list") };
                let map = self.value(map)?;
                Ok(Code::temp(format!("{}.keys().cloned().collect::<Vec<_>>()", map.wrap(15)), ty))
            }
            ("array_values", [list]) => {
                let ty = self.types.of(e);
                let code = self.value(list)?;
                match &code.ty {
                    Ty::Map(..) => {
                        Ok(Code::temp(format!("{}.values().cloned().collect::<Vec<_>>()", code.wrap(15)), ty))
                    }
                    Ty::List(_) => Ok(self.owned(code)),
                    other => refuse(list, format!("array_values of {}", other.name())),
                }
            }
            ("array_merge", _) => self.merge(e, args),
            ("array_reverse", [list]) => {
                let code = self.value(list)?;
                match &code.ty {
                    Ty::List(_) => {
                        let ty = code.ty.clone();
                        let owned = self.owned(code);
                        Ok(Code::temp(format!("{}.into_iter().rev().collect::<Vec<_>>()", owned.wrap(15)), ty))
                    }
                    other => refuse(list, format!("array_reverse of {} with keys", other.name())),
                }
            }
            ("array_sum", [list]) => {
                let code = self.value(list)?;
                match (&code.ty, &code.ty.element()) {
                    (Ty::List(_), Ty::Int(_) | Ty::Str(_)) => {
                        if matches!(code.ty.element(), Ty::Str(_)) && !self.whole_numbers() {
                            return refuse(list, "a sum of strings, which may be floats");
                        }
                        Ok(Code::temp(format!("array_sum({})", code.reference()), INT))
                    }
                    (Ty::Map(..), Ty::Int(_)) => Ok(Code::temp(format!("array_sum({}.values())", code.wrap(15)), INT)),
                    _ => refuse(list, "array_sum of this"),
                }
            }
            ("array_slice", [list, from, rest @ ..]) if rest.len() <= 1 => {
                let code = self.value(list)?;
                let Ty::List(_) = code.ty else { return refuse(list, "array_slice of an array with keys") };
                let from = self.number_as(from, Rep::I64)?;
                let length = match rest.first() {
                    Some(length) => self.number_as(length, Rep::I64)?.s,
                    None => "None".into(),
                };
                Ok(Code::temp(format!("array_slice({}, {}, {length})", code.reference(), from.s), code.ty))
            }
            ("array_map", [function, list]) => self.map(e, function, list),
            ("array_push", [list, values @ ..]) if !values.is_empty() => {
                let element = self.types.of(list).element();
                let place = self.place(list)?;
                if !place.ty.is_array() {
                    return refuse(list, "array_push to this");
                }
                let mut texts = Vec::new();
                for value in values {
                    texts.push(format!("{}.push({})", place.s, self.coerced(value, &element)?.s));
                }
                let last = texts.pop().unwrap_or_default();
                self.pre.extend(texts.into_iter().map(|text| format!("{text};")));
                Ok(Code::temp(last, Ty::Void))
            }
            ("array_pop" | "array_shift", [list]) => {
                let place = self.place(list)?;
                let ty = self.types.of(e);
                let call = match (&place.ty, name) {
                    (Ty::List(_) | Ty::Map(..), "array_pop") => format!("{}.pop()", place.s),
                    (Ty::List(_), _) => {
                        format!("(!{0}.is_empty()).then(|| {0}.remove(0))", place.s)
                    }
                    (Ty::Map(key, _), _) if matches!(**key, Ty::Int(_)) => format!("{}.shift()", place.s),
                    _ => return refuse(list, "this array"),
                };
                if matches!(ty, Ty::Str(_)) {
                    return Ok(Some(Code::temp(format!("{call}.unwrap_or_default()"), ty)));
                }
                Ok(Code::temp(call, ty))
            }
            ("sort" | "rsort", [list]) => {
                let place = self.place(list)?;
                let Ty::List(element) = &place.ty else { return refuse(list, "sort of an array with keys") };
                if !matches!(**element, Ty::Str(_) | Ty::Int(_)) {
                    return refuse(list, "sort of this");
                }
                Ok(Code::temp(format!("{name}(&mut {})", place.s), Ty::Void))
            }
            ("ksort" | "krsort" | "asort" | "arsort", [list]) => {
                let place = self.place(list)?;
                let Ty::Map(_, element) = &place.ty else { return refuse(list, "this sort of a list") };
                if name.starts_with('a') && !matches!(**element, Ty::Str(_) | Ty::Int(_)) {
                    return refuse(list, "sort of this");
                }
                Ok(Code::temp(format!("{}.{name}()", place.s), Ty::Void))
            }
            ("array_rand", [list]) => {
                let code = self.value(list)?;
                match &code.ty {
                    Ty::List(_) => Ok(Code::temp(format!("any_place({}.len())", code.wrap(15)), INT)),
                    Ty::Map(key, _) => {
                        let key = (**key).clone();
                        let all = format!("{}.keys().cloned().collect::<Vec<_>>()", code.wrap(15));
                        Ok(Code::temp(format!("any_of({all})"), key))
                    }
                    other => refuse(list, format!("array_rand of {}", other.name())),
                }
            }
            ("range", [from, to]) => {
                let (from, to) = (self.number_as(from, Rep::I64)?, self.number_as(to, Rep::I64)?);
                if !matches!((from.s.parse::<i64>(), to.s.parse::<i64>()), (Ok(a), Ok(b)) if a <= b) {
                    return refuse(e, "a range whose end may be before its start");
                }
                Ok(Code::temp(format!("({}_i64..={}).collect::<Vec<_>>()", from.s, to.s), Ty::List(Box::new(INT))))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// The key of a text or a number.
    fn array_search(&mut self, e: &Expr, needle: &Expr, list: &Expr, strict: Option<&Expr>) -> R {
        let exact = match strict.map(|e| &e.kind) {
            None | Some(ExprKind::Bool(false)) => false,
            Some(ExprKind::Bool(true)) => true,
            Some(_) => return refuse(e, "a computed last argument"),
        };
        strict.iter().for_each(|strict| self.consume(strict));
        if self.may_be_null(needle) || !self.is_pure(needle) || !matches!(list.kind, ExprKind::Var(_)) {
            return refuse(e, "array_search of what may be null or does something, or in a value that has no name");
        }
        let needle_code = self.value(needle)?;
        let list_code = self.value(list)?;
        let (list, value) = (list_code.wrap(15), self.fresh("value"));
        let test = match (&needle_code.ty, list_code.ty.element()) {
            (Ty::Int(_), Ty::Int(rep)) => {
                let number = self.as_rep(needle_code, if rep == Rep::Literal { Rep::I64 } else { rep });
                format!("*{value} == {}", number.wrap(7))
            }
            _ => {
                let function = if exact { "same" } else { "equal" };
                format!("{function}({value}, {})", needle_code.reference())
            }
        };
        match &list_code.ty {
            Ty::Map(key, _) => Ok(Code::temp(format!("{list}.find_key(|{value}| {test})"), (**key).clone().opt())),
            _ => Ok(Code::temp(format!("{list}.iter().position(|{value}| {test})"), Ty::Int(Rep::Usize).opt())),
        }
    }

    pub(crate) fn in_array(&mut self, e: &Expr, needle: &Expr, list: &Expr, strict: Option<&Expr>) -> R {
        if let Some(strict) = strict {
            let ExprKind::Bool(_) = strict.kind else { return refuse(strict, "a computed last argument") };
            self.counts[strict.id] += 1;
        }
        let exact = matches!(strict.map(|e| &e.kind), Some(ExprKind::Bool(true)));
        let ty = self.types.of(list);
        let element = ty.element();
        let needle_ty = self.types.of(needle);
        match (&needle_ty, &element) {
            (Ty::Socket, Ty::Socket) => {
                let (needle, list) = (self.value(needle)?, self.value(list)?);
                Ok(Code::temp(format!("{}.contains({})", list.wrap(15), needle.reference()), Ty::Bool))
            }
            // False is none of the sockets.
            (Ty::Opt(inner), Ty::Socket) if **inner == Ty::Socket && matches!(needle.kind, ExprKind::Var(_)) => {
                let (needle, list) = (self.value(needle)?, self.value(list)?);
                let socket = self.fresh("socket");
                let test = format!("|{socket}| {}.contains({socket})", list.wrap(15));
                Ok(Code::temp(format!("{}.as_ref().is_some_and({test})", needle.wrap(15)), Ty::Bool))
            }
            (Ty::Str(_), Ty::Str(_)) => {
                let literal_list = match &list.kind {
                    ExprKind::Array(values) => {
                        values.iter().all(|(_, v)| matches!(&v.kind, ExprKind::Str(t) if !code::is_numeric(t)))
                    }
                    _ => false,
                };
                // It is compared with each element, and evaluated once.
                let once = !self.is_pure(needle);
                let needle = self.value(needle)?;
                let list_code = self.array_literal(list, true)?;
                let function = if exact || literal_list { "same" } else { "equal" };
                let values = match &list_code.ty {
                    Ty::Map(..) => format!("{}.values()", list_code.wrap(15)),
                    _ => format!("{}.iter()", list_code.wrap(15)),
                };
                let value = self.fresh("value");
                if once {
                    let wanted = self.fresh("wanted");
                    let test = format!("{values}.any(|{value}| {function}({value}, &{wanted}))");
                    let text = format!("{{ let {wanted} = {}; {test} }}", needle.s);
                    return Ok(Code { p: 2, ..Code::temp(text, Ty::Bool) });
                }
                Ok(Code::temp(format!("{values}.any(|{value}| {function}({value}, {}))", needle.reference()), Ty::Bool))
            }
            (Ty::Int(_), Ty::Int(_)) => {
                let needle = self.value(needle)?;
                let list_code = self.array_literal(list, true)?;
                let needle = match &list_code.ty.element() {
                    Ty::Int(rep) if *rep != Rep::Literal => self.as_rep(needle, *rep),
                    _ => needle,
                };
                Ok(Code::temp(format!("{}.contains(&{})", list_code.wrap(15), needle.wrap(14)), Ty::Bool))
            }
            (Ty::Mixed(why), _) | (_, Ty::Mixed(why)) => refuse(e, why.clone()),
            _ => refuse(e, format!("in_array of {} among {}", needle_ty.name(), element.name())),
        }
    }

    pub(crate) fn merge(&mut self, e: &Expr, args: &[Expr]) -> R {
        let ty = self.types.of(e);
        let Ty::List(element) = &ty else { return refuse(e, "array_merge of arrays with keys") };
        if let Ty::Mixed(why) = &**element {
            return refuse(e, format!("an array of several types: {why}"));
        }
        let mut texts = Vec::new();
        for arg in args {
            let code = match &arg.kind {
                ExprKind::Array(_) => self.coerced(arg, &ty)?,
                _ => self.value(arg)?,
            };
            if code.ty.element() != **element && code.ty.element() != Ty::Unknown {
                return refuse(arg, "arrays of several types");
            }
            texts.push(match &code.ty {
                Ty::Map(..) => format!("{}.values().cloned().collect::<Vec<_>>()", code.wrap(15)),
                Ty::List(_) => self.owned(code).s,
                other => return refuse(arg, format!("array_merge of {}", other.name())),
            });
        }
        Ok(Code::temp(format!("[{}].concat()", texts.join(", ")), ty))
    }

    pub(crate) fn map(&mut self, e: &Expr, function: &Expr, list: &Expr) -> R {
        let name = match &function.kind {
            ExprKind::Function(name) => name.clone(),
            ExprKind::Str(name) => String::from_utf8_lossy(name).to_lowercase(),
            _ => return refuse(function, "a function that is computed"),
        };
        self.counts[function.id] += 1;
        let ty = self.types.of(list);
        let Ty::List(element) = &ty else { return refuse(list, "array_map over an array with keys") };
        if !matches!(**element, Ty::Str(_)) {
            return refuse(list, "array_map over this");
        }
        let known = name == "intval"
            || functions::find(&name, 1).is_some_and(|f| f.params == "t" && f.how == How::Pure) && name != "strlen";
        if !known {
            return refuse(function, format!("array_map of {name}()"));
        }
        let result = self.types.of(e);
        let rust = functions::find(&name, 1).map_or(name.as_str(), |f| f.rust).to_owned();
        let code = self.value(list)?;
        Ok(Code::temp(format!("{}.iter().map({rust}).collect::<Vec<_>>()", code.wrap(15)), result))
    }
}
