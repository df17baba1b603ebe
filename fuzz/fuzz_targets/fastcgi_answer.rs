//! Any bytes for `fuzzing::fuzz_fastcgi_answer`, which knows what must hold; nothing is known here.
#![no_main]

use cleanslate_proto::fuzzing::fuzz_fastcgi_answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_fastcgi_answer(data));
