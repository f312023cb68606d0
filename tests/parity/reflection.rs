//! Every function of PHP 8.6 is there, and its documentation shows the signature that PHP's own reflection tells.

use std::collections::BTreeSet;
use std::path::Path;

use crate::coverage::{contents, files};
use crate::harness::{Outcome, phps};

/// Prints the signature of each function, in the words of PHP's manual.
const SIGNATURES: &str = r#"
foreach (get_extension_funcs('sockets') as $name) {
    $function = new ReflectionFunction($name);
    $parameters = array_map(function (ReflectionParameter $parameter): string {
        $text = $parameter->hasType() ? $parameter->getType() . ' ' : '';
        $text .= ($parameter->isPassedByReference() ? '&$' : '$') . $parameter->getName();
        if ($parameter->isDefaultValueAvailable()) {
            $default = $parameter->isDefaultValueConstant()
                ? $parameter->getDefaultValueConstantName() : strtolower(json_encode($parameter->getDefaultValue()));
            $text .= " = $default";
        }
        return $text;
    }, $function->getParameters());
    echo $name, '(', implode(', ', $parameters), ')', $function->hasReturnType() ? ": {$function->getReturnType()}" : '', "\n";
}
"#;

#[test]
fn signatures_are_those_of_php() -> Outcome {
    let source = contents(&files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs")?)?;
    let documented: BTreeSet<_> = source
        .lines()
        .filter_map(|line| line.strip_prefix("/// "))
        .filter(|line| line.starts_with("socket_"))
        .collect();
    for php in phps()?.iter().filter(|php| php.version >= 80_600) {
        let printed = php.run(SIGNATURES)?;
        let missing: Vec<_> = printed.lines().filter(|line| !documented.contains(line)).collect();
        assert!(missing.is_empty(), "not in the documentation:\n{}", missing.join("\n"));
        assert_eq!(printed.lines().count(), 37);
    }
    Ok(())
}
