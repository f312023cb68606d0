//! Any bytes as a program: an answer without a panic, in which the tool finds no mistake of its own.
//!
//! The bytes are taken as they are, and as choices among lines of PHP, which come further than most bytes do. That what
//! comes out compiles is shown for the programs of the tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets_port::port;

/// What programs are made of; `@` stands for one of three variables.
const LINES: [&str; 89] = [
    "@ = @ / 2;",
    "@ = ~@ << @;",
    "@ ??= @;",
    "@ = isset($argv[1]) ? $argv[1] : 80;",
    "@ = fopen(@, 'r');",
    "@ = fread(@, 9);",
    "fclose(@);",
    "@[@]['k'] = @;",
    "print_r(@);",
    "@ = end(@);",
    "array_splice(@, @, 1);",
    "@ = array_pad(array_fill(0, 3, @), 5, @);",
    "date_default_timezone_set('PRC');",
    "const C = 2 * 3;",
    "@ = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);",
    "@ = @socket_accept(@);",
    "@ = socket_read(@, 1024);",
    "socket_write(@, @, strlen(@));",
    "socket_recvfrom(@, @, 512, 0, @, @);",
    "socket_getpeername(@, @, @);",
    "@ = [@, @];",
    "@[] = @;",
    "@['k'] = @;",
    "@[@] = @ . \"x\";",
    "unset(@[@]);",
    "unset(@);",
    "@ = array_search(@, @);",
    "socket_select(@, @, @, 0);",
    "@ = array_merge([@], @);",
    "@ = 'text';",
    "@ = 1;",
    "@ = 1.5;",
    "@ = true;",
    "@ = null;",
    "@ = @ + 1;",
    "@ .= @;",
    "@++;",
    "@ = trim(@);",
    "[@, @] = explode(' ', @);",
    "echo @, \"@ {@}\\n\";",
    "printf('%s %d', @, @);",
    "if (@ === false) { echo 'no'; }",
    "if (!@) { die('no'); }",
    "if (@ == 'a' && @ > 3) {",
    "} else {",
    "while (true) {",
    "while (@ = array_shift(@)) {",
    "foreach (@ as @ => @) {",
    "for (@ = 0; @ < count(@); @++) {",
    "do {",
    "} while (@);",
    "switch (@) { case 1: echo 1; break; default:",
    "break;",
    "continue 2;",
    "return @;",
    "}",
    "function f($a, &$b) { global $c;",
    "@ = f(@, @);",
    "try {",
    "} catch (Exception $e) { echo $e->getMessage(); }",
    "static $a = 0;",
    "} finally { echo @; }",
    "throw new Exception(@);",
    "} catch (Throwable $e) { throw $e; }",
    "@ = json_decode(@, true);",
    "@ = json_decode(@);",
    "echo json_encode(['k' => @, 'l' => [1, @]]);",
    "@ = @['k'] ?? 'none';",
    "@ = @->name ?? @->other->part;",
    "if (isset(@['k']['l']) && !empty(@->k)) { echo 1; }",
    "$f = function ($x) use (@, &@) { @ = $x; return $x;",
    "};",
    "@ = $f(@);",
    "$g = fn($x) => $x . @;",
    "@ = array_map(function ($x) { if ($x) { return 1; } return 2; }, @);",
    "usort(@, 'f');",
    "@ = array_map($f, @);",
    "pcntl_signal(SIGINT, function ($n) use (&@) { @ = 1; });",
    "pcntl_signal(SIGTERM, 'f');",
    "pcntl_async_signals(true);",
    "pcntl_signal_dispatch();",
    "set_error_handler(function () {});",
    "namespace Name;",
    "@ = intval(@, 16);",
    "@ = shell_exec(@);",
    "@ = fopen('php://stdin', 'r');",
    "@ = fgets(@, 80);",
    "sleep(@);",
    "// a comment",
];

fuzz_target!(|data: &[u8]| {
    // Longer ones hold nothing that shorter ones cannot.
    let data = &data[..data.len().min(600)];
    check(&String::from_utf8_lossy(data));
    check(&format!("<?php {}", String::from_utf8_lossy(data)));
    let mut program = String::from("<?php\n");
    let (mut open, mut bytes) = (0, data.iter());
    while let Some(choice) = bytes.next() {
        let line = LINES[usize::from(*choice) % LINES.len()];
        open += line.matches('{').count();
        let closed = line.matches('}').count();
        if closed > open {
            continue;
        }
        open -= closed;
        for (number, part) in line.split('@').enumerate() {
            if number > 0 {
                program.push_str(["$a", "$b", "$c"][usize::from(*bytes.next().unwrap_or(&0)) % 3]);
            }
            program.push_str(part);
        }
        program.push('\n');
    }
    program.push_str(&"}".repeat(open));
    check(&program);
});

fn check(program: &str) {
    let output = port(program);
    for refused in &output.refused {
        assert!(!refused.reason.contains("mistake of php-sockets-port"), "{refused:?}\n{program}");
    }
    assert!(output.rust.contains("fn main()"), "{program}");
}
