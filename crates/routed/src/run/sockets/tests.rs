use super::is_taken;

#[test]
fn a_port_in_use_is_found_in_the_kernels_list() {
    let list = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n \
                 58: 00000000000000000000000000000000:1A28 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9871 2 0000000000000000 0\n";
    assert!(is_taken(list, 6696));
    assert!(!is_taken(list, 6697));
    assert!(!is_taken("", 6696));
    assert!(!is_taken("a\nb\nc d\n", 6696));
}
