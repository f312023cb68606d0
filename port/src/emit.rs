//! Statements to lines of Rust.

mod branches;
mod certain;
mod classes;
mod comments;
mod errors;
mod exceptions;
mod fatal;
mod finally;
mod foreach;
mod guards;
mod loops;
mod names;
mod presence;
mod refusals;
mod returns;
mod simple;
mod switch;
mod variables;

pub(crate) use errors::call_of;
pub(crate) use names::{called, helpers, ident, unused};

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::code::{Code, Form};
use crate::infer::Types;
use crate::places::{self, Key, Places};
use crate::types::Ty;

/// Why a part cannot be ported.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) at: usize,
    pub(crate) reason: String,
}

pub(crate) type R<T = Code> = Result<T, Refusal>;

pub(crate) fn refuse<T>(e: &Expr, reason: impl Into<String>) -> R<T> {
    Err(Refusal { at: e.span.start, reason: reason.into() })
}

#[derive(Debug)]
struct Frame {
    switch: bool,
    label: String,
    /// `continue` leaves a block in the loop, behind which the loop's end comes.
    inner: Option<String>,
    labelled: bool,
    /// Whether a `continue` goes on with it.
    again: bool,
}

pub(crate) struct Emit<'a> {
    pub(crate) source: &'a str,
    pub(crate) types: &'a Types<'a>,
    pub(crate) places: &'a Places,
    pub(crate) lines: Vec<(usize, String)>,
    pub(crate) indent: usize,
    /// Lines that come before the statement whose expression needs them.
    pub(crate) pre: Vec<String>,
    /// The parts of the statement that are evaluated before anything else of their expression.
    pub(crate) leading: BTreeSet<Id>,
    /// The `++$x` that comes before everything else of its statement.
    pub(crate) lead: Option<Id>,
    /// Lines that belong behind the call that needs them.
    pub(crate) post: Vec<String>,
    /// The call of which nobody looks at what it returns.
    pub(crate) discard: Option<Id>,
    /// The variable at hand is not used any more.
    pub(crate) moved: bool,
    /// Where the call fails, nobody looks at what it assigns: it leaves, by the end of the function or of the block.
    pub(crate) checked: Option<bool>,
    /// Whether the expression at hand is evaluated exactly once, and first.
    pub(crate) once: bool,
    pub(crate) counts: Vec<u32>,
    pub(crate) function: usize,
    pub(crate) declared: BTreeSet<usize>,
    /// How a variable is held, where it is not by value.
    pub(crate) forms: BTreeMap<usize, Form>,
    pub(crate) tainted: &'a BTreeSet<usize>,
    /// Functions that are not there, as they were refused.
    pub(crate) gone: &'a BTreeSet<usize>,
    pub(crate) refused: Vec<Refusal>,
    /// Constants that are arrays.
    pub(crate) arrays: Vec<String>,
    /// The structs that `json_encode` writes, by their marks.
    pub(crate) written: BTreeMap<String, Ty>,
    /// Why a statement was refused at first, before what it assigns was missing elsewhere.
    pub(crate) reasons: &'a mut BTreeMap<Id, Refusal>,
    /// Variables that a refused statement should have assigned.
    pub(crate) lost: BTreeSet<usize>,
    pub(crate) refused_functions: BTreeSet<usize>,
    /// Statements that are not what their shape promises.
    pub(crate) unshaped: BTreeSet<Id>,
    /// Variables of which a test has said that they are there.
    pub(crate) there: BTreeSet<usize>,
    /// The variables' names in Rust.
    names: Vec<String>,
    frames: Vec<Frame>,
    tries: Vec<exceptions::Try>,
    /// How many `try` are around the statement at hand, whatever is made of them.
    pub(crate) watched: usize,
    /// The function whose call is at hand.
    pub(crate) callee: String,
    /// How many loops are around each block that has a name.
    named: Vec<usize>,
    labels: usize,
    next_comment: usize,
    /// A socket that is `None` until its first use says that it must not be.
    pending: BTreeSet<usize>,
    /// Variables that no line of Rust reads: PHP never comes there, or they are known to be false.
    pub(crate) unseen: BTreeSet<Id>,
    /// Variables that are false where a test has said so.
    pub(crate) failed: BTreeSet<usize>,
    /// What may have been false, and is a socket since its first use.
    pub(crate) certain: BTreeSet<usize>,
    /// Those of them that are borrowed.
    pub(crate) lent: BTreeSet<usize>,
    /// Whether the statement at hand has ended the program.
    pub(crate) ended: bool,
    /// Where the block at hand ends.
    block_end: usize,
    /// The constructor at hand, if it is one.
    pub(crate) making: Option<classes::Making>,
    at: (Key, usize),
}

impl<'a> Emit<'a> {
    pub(crate) fn new(
        source: &'a str,
        types: &'a Types<'a>,
        places: &'a Places,
        tainted: &'a BTreeSet<usize>,
        gone: &'a BTreeSet<usize>,
        reasons: &'a mut BTreeMap<Id, Refusal>,
        helpers: &BTreeSet<String>,
    ) -> Self {
        Self {
            source,
            types,
            places,
            lines: Vec::new(),
            indent: 0,
            pre: Vec::new(),
            post: Vec::new(),
            leading: BTreeSet::new(),
            lead: None,
            discard: None,
            moved: false,
            checked: None,
            once: true,
            counts: vec![0; types.program.nodes],
            function: types.program.functions.len(),
            // What belongs to an object is declared with its class.
            declared: (0..types.webs.webs.len())
                .filter(|web| property_of(&types.webs.webs[*web].name).is_some())
                .collect(),
            forms: BTreeMap::new(),
            tainted,
            gone,
            reasons,
            refused: Vec::new(),
            arrays: Vec::new(),
            written: BTreeMap::new(),
            lost: BTreeSet::new(),
            refused_functions: BTreeSet::new(),
            unshaped: BTreeSet::new(),
            there: BTreeSet::new(),
            names: names::names(types, &called(types.program, helpers)),
            frames: Vec::new(),
            tries: Vec::new(),
            watched: 0,
            callee: String::new(),
            named: Vec::new(),
            labels: 0,
            next_comment: 0,
            pending: BTreeSet::new(),
            unseen: BTreeSet::new(),
            failed: BTreeSet::new(),
            certain: BTreeSet::new(),
            lent: BTreeSet::new(),
            ended: false,
            block_end: source.len(),
            making: None,
            at: ((0, 0), 0),
        }
    }

    pub(crate) fn line(&mut self, text: impl Into<String>) {
        self.lines.push((self.indent, text.into()));
    }

    pub(crate) fn block(&mut self, block: &Block, key: Key, end: usize) {
        self.indent += 1;
        self.statements(block, key);
        self.comments_within(end);
        self.indent -= 1;
    }

    pub(crate) fn statements(&mut self, block: &Block, key: Key) {
        let certain = self.certain.clone();
        let end = std::mem::replace(&mut self.block_end, block.last().map_or(0, |s| s.span.end));
        self.statements_in(block, key);
        self.certain = certain;
        self.block_end = end;
    }

    fn statements_in(&mut self, block: &Block, key: Key) {
        for (index, s) in block.iter().enumerate() {
            self.comments(s.span.start);
            self.statement(s, (key, index + 1), block.get(index + 1));
            self.trailing(s.span.end);
            if std::mem::take(&mut self.ended) || leaves(std::slice::from_ref(s)) {
                for s in &block[index + 1..] {
                    self.comments(s.span.start);
                    self.never(s);
                }
                break;
            }
        }
    }

    /// One statement of the main program.
    pub(crate) fn one(&mut self, one: &Block, index: usize, next: Option<&Stmt>) {
        let s = &one[0];
        self.comments(s.span.start);
        self.statement(s, (places::root(self.function), index + 1), next);
        self.trailing(s.span.end);
    }

    pub(crate) fn flush(&mut self) {
        for line in std::mem::take(&mut self.pre) {
            self.line(line);
        }
    }

    pub(crate) fn here(&self) -> (Key, usize) {
        self.at
    }

    pub(crate) fn is_in_no_loop(&self) -> bool {
        self.frames.is_empty()
    }

    /// Goes on with a statement, in which other statements were.
    pub(crate) fn come_back(&mut self, at: (Key, usize)) {
        self.at = at;
    }

    pub(crate) fn try_statement(&mut self, s: &Stmt, at: (Key, usize), next: Option<&Stmt>) -> R<()> {
        if let Some(error) = self.certain_error(s) {
            self.end_with(s, &error);
            return Ok(());
        }
        for (web, place) in self.due(at) {
            if !self.declares(s, web) {
                self.hoist(web, &place)?;
            }
        }
        // What has been warned about and not looked at ends the program where it is first used.
        for web in self.pending.clone() {
            let mut used = false;
            s.walk(&mut |e| used |= self.types.web(e) == Some(web));
            if used {
                self.pending.remove(&web);
                let name = self.name(web);
                let mutable = self.mutable(web);
                let function = taker(s, &|e| self.types.web(e) == Some(web));
                let value = self.need(function, "false", &name);
                self.line(format!("let {mutable}{name} = {value};"));
            }
        }
        self.make_certain(s, at.0);
        self.leading.clear();
        for e in s.parts().0 {
            leading(e, &mut self.leading);
        }
        match &s.kind {
            StmtKind::Expr(e) => self.expression(e, at, next),
            StmtKind::Echo(list) if list.len() == 1 && self.throws(&list[0]).is_some() => {
                let text = self.throws(&list[0]).unwrap_or_default();
                self.consume(&list[0]);
                self.line(format!("{text};"));
                Ok(())
            }
            StmtKind::Echo(list) => {
                let text = self.echo(list)?;
                self.flush();
                self.line(text);
                Ok(())
            }
            StmtKind::Return(value) => self.returns(s, value.as_ref()),
            StmtKind::Block(block) => {
                self.line("{");
                self.block(block, (s.id, 0), s.span.end);
                self.line("}");
                Ok(())
            }
            StmtKind::If(branches, otherwise) => self.branches(s, branches, otherwise.as_ref()),
            StmtKind::While(test, body) => self.while_loop(s, test, body),
            StmtKind::WhileLet { var, call, test, body } => self.while_let(s, var, call, test, body),
            StmtKind::DoWhile(body, test) => self.do_while(s, body, test),
            StmtKind::For(init, test, step, body) => self.for_loop(s, init, test, step, body),
            StmtKind::Foreach { list, key, value, body } => self.foreach(s, list, key.as_ref(), value, body),
            StmtKind::Break(level) => self.leave(s, *level, true),
            StmtKind::Continue(level) => self.leave(s, *level, false),
            StmtKind::Switch(subject, cases) => self.switch(s, subject, cases),
            StmtKind::Unset(list) => list.iter().try_for_each(|e| self.unset(e)),
            StmtKind::Guard { var, call, otherwise } => self.guard(s, var, call, otherwise, at),
            StmtKind::Try { body, catches, finally: Some(finally) } => self.try_finally(s, body, catches, finally),
            StmtKind::Try { body, catches, finally: None } => self.try_catch(s, body, catches, s.span.end),
            StmtKind::Global(_) | StmtKind::Function(_) | StmtKind::Class(_) | StmtKind::Nothing => Ok(()),
            StmtKind::Const(name, _) if at.0 != places::root(self.types.program.functions.len()) => {
                Err(Refusal { at: s.span.start, reason: format!("the constant {name} in a function or a block") })
            }
            StmtKind::Const(name, value) => {
                if let (ExprKind::Array(_), Some(ty)) = (&value.kind, self.types.consts.get(name).cloned()) {
                    return self.constant_array(name, value, &ty);
                }
                self.consume(value);
                match &value.kind {
                    ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Float(_) | ExprKind::Bool(_) => Ok(()),
                    _ => Err(Refusal {
                        at: s.span.start,
                        reason: format!("the constant {name}, whose value is computed"),
                    }),
                }
            }
            StmtKind::Html(text) => {
                self.line(format!("echo!({});", crate::code::literal(text)));
                Ok(())
            }
            StmtKind::Refused(reason) => Err(Refusal { at: s.span.start, reason: reason.clone() }),
        }
    }
}

/// The function of ext/sockets that a statement first gives a socket to.
fn taker<'s>(s: &'s Stmt, is: &dyn Fn(&Expr) -> bool) -> &'s str {
    let mut found = "";
    s.walk(&mut |e| match &e.kind {
        ExprKind::Call(name, args) if found.is_empty() && args.first().is_some_and(is) => found = name,
        _ => {}
    });
    found
}

/// What is evaluated first of an expression: a line in front of the statement may do it.
pub(crate) fn leading(e: &Expr, ids: &mut BTreeSet<Id>) {
    ids.insert(e.id);
    let constant =
        |e: &&Expr| !matches!(e.kind, ExprKind::Bool(_) | ExprKind::Null | ExprKind::Int(_) | ExprKind::Str(_));
    match &e.kind {
        ExprKind::Binary(_, a, b) => {
            if let Some(first) = [&**a, &**b].into_iter().find(constant) {
                leading(first, ids);
            }
        }
        ExprKind::Call(_, args) => args.iter().find(constant).into_iter().for_each(|a| leading(a, ids)),
        ExprKind::Interpolated(list) => list.iter().find(constant).into_iter().for_each(|a| leading(a, ids)),
        ExprKind::Not(a) | ExprKind::Silence(a) | ExprKind::Cast(_, a) | ExprKind::Empty(a) | ExprKind::Negate(a) => {
            leading(a, ids);
        }
        ExprKind::Ternary(a, ..) | ExprKind::Match(a, _) | ExprKind::Assign(_, a) | ExprKind::Print(a) => {
            leading(a, ids);
        }
        ExprKind::Exit(Some(a)) | ExprKind::Throw(a) => leading(a, ids),
        _ => {}
    }
}

/// The opposite of a condition.
pub(crate) fn negated(code: &Code) -> String {
    crate::code::negate(code).s
}
