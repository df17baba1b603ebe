//! Any bytes for `fuzzing::connections`, which knows what must hold; nothing is known here.
#![no_main]

use cleanslate::fuzzing::connections;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| connections(data));
