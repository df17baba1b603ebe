//! Any bytes for `fuzzing::fuzz_fastcgi_encode`, which knows what must hold; nothing is known here.
#![no_main]

use cleanslate_proto::fuzzing::fuzz_fastcgi_encode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz_fastcgi_encode(data));
