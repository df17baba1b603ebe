//! What the pieces cost that a request goes through, one by one.
//! `cargo bench --bench pieces --features internals`

mod answers;
mod requests;
mod work;

fn main() {
    divan::main();
}
