//! The functions of ext/sockets whose Rust depends on what they are given.

use std::collections::BTreeSet;

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// Functions of ext/sockets.
    pub(crate) fn socket_call(&mut self, e: &Expr, name: &str, args: &[Expr], warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("socket_select", _) => self.select(e, args, warn),
            ("socket_getsockname" | "socket_getpeername", [socket, out @ ..]) if out.len() <= 2 => {
                let socket = self.socket(socket)?;
                let call = format!("{warn}({name}({socket}))");
                self.outs(e, out, &call, &["address", "port"], "unwrap_or_default()")
            }
            ("socket_recv", [socket, data, length, flags]) => {
                let socket = self.socket(socket)?;
                let data = self.data(data)?;
                let length = self.int_argument(length, Rep::Usize)?;
                let flags = self.int_argument(flags, Rep::I32)?;
                let call = format!("{warn}(socket_recv({socket}, {data}, {length}, {flags}))");
                Ok(Code::temp(call, Ty::Int(Rep::Usize).opt()))
            }
            ("socket_recvfrom", [socket, data, length, flags, out @ ..]) if out.len() <= 2 && !out.is_empty() => {
                let socket = self.socket(socket)?;
                let data = self.data(data)?;
                let length = self.int_argument(length, Rep::Usize)?;
                let flags = self.int_argument(flags, Rep::I32)?;
                let call = if self.types.program.keeps_data && self.checked != Some(true) {
                    let call = format!("socket_recvfrom({socket}, data, {length}, {flags})");
                    format!("{warn}(keeping({data}, |data| {call}))")
                } else {
                    format!("{warn}(socket_recvfrom({socket}, {data}, {length}, {flags}))")
                };
                self.received(e, out, &call)
            }
            ("socket_recvmsg" | "socket_sendmsg", [socket, message, flags @ ..]) if flags.len() <= 1 => {
                let socket = self.socket(socket)?;
                let message = match (&message.kind, name) {
                    (ExprKind::Array(_), "socket_sendmsg") => format!("&{}", self.coerced(message, &Ty::Header)?.s),
                    _ => {
                        if self.types.of(message) != Ty::Header {
                            return refuse(message, "a message that is none");
                        }
                        let code = self.place(message)?;
                        let mutable = if name == "socket_recvmsg" { "&mut " } else { "&" };
                        if code.form == Form::Owned { format!("{mutable}{}", code.s) } else { code.s }
                    }
                };
                let flags = match flags.first() {
                    Some(flags) => self.number_as(flags, Rep::I32)?.s,
                    None => "None".into(),
                };
                let call = format!("{warn}({name}({socket}, {message}, {flags}))");
                Ok(Code::temp(call, Ty::Int(Rep::Usize).opt()))
            }
            ("socket_create_pair", [domain, kind, protocol, pair]) => {
                self.pair(e, [domain, kind, protocol], pair, warn)
            }
            ("socket_set_option" | "socket_setopt", [socket, level, option, value]) => {
                let socket = self.socket(socket)?;
                let (level, option) = (self.number_as(level, Rep::I32)?, self.number_as(option, Rep::I32)?);
                let value = self.option_value(value)?;
                let call = format!("{warn}({name}({socket}, {}, {}, {value})).is_some()", level.s, option.s);
                Ok(Code::temp(call, Ty::Bool))
            }
            ("socket_get_option" | "socket_getopt", [socket, level, option]) => {
                let socket = self.socket(socket)?;
                let int = crate::infer::is_int_option(option);
                let (level, option) = (self.number_as(level, Rep::I32)?, self.number_as(option, Rep::I32)?);
                let call = format!("{warn}({name}({socket}, {}, {}))", level.s, option.s);
                if int {
                    let call = format!("{call}.and_then(|value| i32::try_from(value).ok())");
                    return Ok(Some(Code::temp(call, Ty::Int(Rep::I32).opt())));
                }
                Ok(Code::temp(call, Ty::OptionValue.opt()))
            }
            ("socket_last_error" | "socket_clear_error", []) => {
                let ty = if name == "socket_last_error" { Ty::Int(Rep::I32) } else { Ty::Void };
                Ok(Code::temp(format!("{name}(None)"), ty))
            }
            ("socket_last_error" | "socket_clear_error", [socket]) => {
                let ty = if name == "socket_last_error" { Ty::Int(Rep::I32) } else { Ty::Void };
                if self.types.of(socket) == Ty::Null {
                    self.consume(socket);
                    return Ok(Some(Code::temp(format!("{name}(None)"), ty)));
                }
                let socket = self.socket(socket)?;
                Ok(Code::temp(format!("{name}({socket})"), ty))
            }
            ("getprotobyname", [protocol]) => {
                let ExprKind::Str(text) = &protocol.kind else {
                    return refuse(protocol, "a protocol whose name is computed");
                };
                let constant = match text.to_ascii_lowercase().as_slice() {
                    b"tcp" => "SOL_TCP",
                    b"udp" => "SOL_UDP",
                    b"icmp" => "IPPROTO_ICMP",
                    b"ip" => "0",
                    _ => return refuse(protocol, "this protocol"),
                };
                self.counts[protocol.id] += 1;
                Ok(Code { p: 20, ..Code::temp(constant, Ty::Int(Rep::I32)) })
            }
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// A number in the array of an option: a text that is one is one there, too.
    fn part_of_option(&mut self, e: &Expr, rep: Rep) -> R<String> {
        match crate::code::whole_number(e) {
            Some(number) => {
                self.consume(e);
                Ok(crate::expr::number_text(number))
            }
            None => Ok(self.number_as(e, rep)?.s),
        }
    }

    /// `['group' => '239.0.0.1', 'interface' => 0]`
    fn multicast_group(&mut self, e: &Expr, elements: &[(Option<Expr>, Expr)], keys: &[String]) -> R<String> {
        let name = if keys.iter().any(|key| key == "source") { "GroupSourceReq" } else { "GroupReq" };
        self.counts[e.id] += 1;
        let mut texts = Vec::new();
        for ((key, value), field) in elements.iter().zip(keys) {
            self.counts[key.as_ref().map_or(value.id, |key| key.id)] += 1;
            let ty = self.types.of(value);
            let text = match (field.as_str(), &ty) {
                ("group" | "source", Ty::Str(Text::Literal | Text::String)) => self.coerced(value, &STRING)?.s,
                ("interface", Ty::Str(Text::Literal | Text::String)) => {
                    format!("Interface::Name({})", self.coerced(value, &STRING)?.s)
                }
                ("interface", Ty::Int(_)) => format!("Interface::Index({})", self.number_as(value, Rep::I64)?.s),
                _ => return refuse(value, format!("{} as the {field} of a multicast group", ty.name())),
            };
            texts.push(if text == *field { text } else { format!("{field}: {text}") });
        }
        if !keys.iter().any(|key| key == "interface") {
            texts.push("interface: Interface::default()".into());
        }
        Ok(format!("{name} {{ {} }}", texts.join(", ")))
    }

    pub(crate) fn option_value(&mut self, e: &Expr) -> R<String> {
        if let ExprKind::Array(elements) = &e.kind {
            let keys: Vec<_> = elements
                .iter()
                .map(|(key, _)| match key.as_ref().map(|key| &key.kind) {
                    Some(ExprKind::Str(text)) => String::from_utf8_lossy(text).into_owned(),
                    _ => String::new(),
                })
                .collect();
            let sorted: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
            if sorted.len() == keys.len() && sorted.contains("group") {
                return self.multicast_group(e, elements, &keys);
            }
            let (name, rep) = match keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["sec", "usec"] | ["usec", "sec"] => ("Timeval", Rep::I64),
                ["l_onoff", "l_linger"] | ["l_linger", "l_onoff"] => ("Linger", Rep::I32),
                _ => return refuse(e, "an option whose array has other keys"),
            };
            self.counts[e.id] += 1;
            let mut texts = Vec::new();
            for ((key, value), name) in elements.iter().zip(&keys) {
                self.counts[key.as_ref().map_or(value.id, |key| key.id)] += 1;
                let value = self.part_of_option(value, rep)?;
                texts.push(if *name == value { value } else { format!("{name}: {value}") });
            }
            return Ok(format!("{name} {{ {} }}", texts.join(", ")));
        }
        if let Some(web) = self.types.web(e).filter(|web| self.is_option(*web)) {
            self.counts[e.id] += 1;
            return Ok(self.name(web));
        }
        if let Some(keys) = self.literal_keys(e) {
            let (name, rep) = match keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["sec", "usec"] | ["usec", "sec"] => ("Timeval", Rep::I64),
                ["l_onoff", "l_linger"] | ["l_linger", "l_onoff"] => ("Linger", Rep::I32),
                _ => return refuse(e, "an option whose array has other keys"),
            };
            let array = self.value(e)?;
            let mut texts = Vec::new();
            for key in keys {
                let value = self.as_rep(Code::temp(format!("{}.at(\"{key}\")", array.wrap(15)), INT), rep);
                texts.push(format!("{key}: {}", value.s));
            }
            return Ok(format!("{name} {{ {} }}", texts.join(", ")));
        }
        match self.types.of(e) {
            Ty::Int(_) => Ok(self.number_as(e, Rep::I32)?.s),
            Ty::Bool | Ty::False => self.int_argument(e, Rep::I32),
            _ => refuse(e, "the value of this option"),
        }
    }

    /// Whether a variable is a time or a `Linger`, and nothing but an option's value.
    pub(crate) fn is_option(&self, web: usize) -> bool {
        const KEYS: [[&str; 2]; 4] =
            [["sec", "usec"], ["usec", "sec"], ["l_onoff", "l_linger"], ["l_linger", "l_onoff"]];
        let (mut uses, mut options, mut keys) = (0, 0, None);
        let bodies = self.types.program.functions.iter().map(|f| &f.body).chain([&self.types.program.main]);
        for s in bodies.flatten() {
            s.walk(&mut |e| match &e.kind {
                ExprKind::Var(_) if self.types.web(e) == Some(web) => uses += 1,
                ExprKind::Assign(target, value) if self.types.web(target) == Some(web) => keys = Some(value),
                ExprKind::Call(name, args) if name == "socket_set_option" || name == "socket_setopt" => {
                    options += usize::from(args.get(3).and_then(|a| self.types.web(a)) == Some(web));
                }
                _ => {}
            });
        }
        let literal = keys.is_some_and(|value| {
            match &value.kind {
            ExprKind::Array(list) => KEYS.iter().any(|keys| {
                let is = |(key, _): &(Option<Expr>, Expr), name: &str| {
                    matches!(key.as_ref().map(|e| &e.kind), Some(ExprKind::Str(text)) if text == name.as_bytes())
                };
                list.len() == 2 && list.iter().zip(keys).all(|(element, name)| is(element, name))
            }),
            _ => false,
        }
        });
        let info = &self.types.webs.webs[web];
        literal && info.defs == 1 && !info.changed && !info.global && !info.uninit && options > 0 && uses == options + 1
    }

    /// The keys of the one array that a variable ever is.
    pub(crate) fn literal_keys(&self, e: &Expr) -> Option<Vec<String>> {
        let web = self.types.web(e)?;
        let info = &self.types.webs.webs[web];
        if info.defs != 1 || info.changed {
            return None;
        }
        let mut found = None;
        let bodies = self.types.program.functions.iter().map(|f| &f.body).chain([&self.types.program.main]);
        for s in bodies.flatten() {
            s.walk(&mut |e| {
                if let ExprKind::Assign(target, value) = &e.kind
                    && let (true, ExprKind::Array(list)) = (self.types.web(target) == Some(web), &value.kind)
                {
                    found = list
                        .iter()
                        .map(|(key, _)| match key.as_ref().map(|key| &key.kind) {
                            Some(ExprKind::Str(text)) => Some(String::from_utf8_lossy(text).into_owned()),
                            _ => None,
                        })
                        .collect::<Option<Vec<_>>>();
                }
            });
        }
        found
    }

    pub(crate) fn select(&mut self, e: &Expr, args: &[Expr], warn: &str) -> R {
        let [read, write, except, rest @ ..] = args else { return refuse(e, "socket_select with so few arguments") };
        if rest.is_empty() || rest.len() > 2 {
            return refuse(e, "socket_select with so many arguments");
        }
        let mut texts = Vec::new();
        let mut seen = Vec::new();
        for set in [read, write, except] {
            if matches!(set.kind, ExprKind::Null | ExprKind::Assign(..)) {
                return refuse(set, "socket_select takes variables");
            }
            let Some(web) = self.types.web(set) else { return refuse(set, "socket_select takes variables") };
            self.counts[set.id] += 1;
            self.untainted(web, set)?;
            let ty = &self.types.tys[web];
            match ty {
                Ty::Null => {
                    texts.push("None".to_owned());
                    continue;
                }
                Ty::List(inner) | Ty::Map(_, inner) if matches!(**inner, Ty::Socket | Ty::Unknown) => {}
                _ => return refuse(set, format!("socket_select over {}", ty.name())),
            }
            if seen.contains(&web) {
                return refuse(set, "the same array twice");
            }
            seen.push(web);
            let name = self.name(web);
            texts.push(match self.forms.get(&web) {
                Some(Form::Mut) => name,
                Some(_) => return refuse(set, "socket_select over a parameter"),
                None => format!("&mut {name}"),
            });
        }
        for time in rest {
            texts.push(match &time.kind {
                ExprKind::Null => {
                    self.counts[time.id] += 1;
                    "None".to_owned()
                }
                _ if self.types.of(time) == Ty::Null => {
                    self.consume(time);
                    "None".to_owned()
                }
                ExprKind::Assign(target, value)
                    if self.types.web(target).is_some_and(|web| self.is_dropped(web)) && self.is_pure(value) =>
                {
                    self.counts[time.id] += 1;
                    self.counts[target.id] += 1;
                    self.number_as(value, Rep::I64)?.s
                }
                _ => self.number_as(time, Rep::I64)?.s,
            });
        }
        if rest.len() == 1 {
            texts.push("None".to_owned());
        }
        Ok(Code::temp(format!("{warn}(socket_select({}))", texts.join(", ")), Ty::Int(Rep::Usize).opt()))
    }
}
