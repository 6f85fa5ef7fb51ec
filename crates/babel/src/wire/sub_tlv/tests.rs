use super::*;

#[test]
fn padding_and_unknown_optional_sub_tlvs_change_nothing() {
    assert_eq!(check_sub_tlvs(4, &[]), Ok(()));
    assert_eq!(check_sub_tlvs(4, &[0, 1, 2, 0, 0, 0]), Ok(()));
    assert_eq!(check_sub_tlvs(4, &[3, 4, 1, 2, 3, 4, 127, 0]), Ok(()));
}

#[test]
fn an_unknown_mandatory_sub_tlv_silences_the_tlv() {
    assert_eq!(check_sub_tlvs(8, &[129, 0]), Err(Refusal::Unknown));
    assert_eq!(check_sub_tlvs(8, &[0, 255, 1, 9]), Err(Refusal::Unknown));
}

#[test]
fn a_sub_tlv_that_overruns_its_tlv_is_an_error() {
    let error = Err(Refusal::Wrong(TlvError::SubTlv { kind: 8 }));
    assert_eq!(check_sub_tlvs(8, &[2]), error);
    assert_eq!(check_sub_tlvs(8, &[2, 1]), error);
}
