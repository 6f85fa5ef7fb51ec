pub(crate) fn monotonic_micros() -> u64 {
    todo!()
}
