//! What a strict WebSocket peer is tested for: attacks S1 to S30, and MUSTs 1 to 86 of RFC 6455 and RFC 7692. The test at
//! the end holds this table against the tests: every number is there, and every test named here exists.
//!
//! A test stands as `BINARY::FILE::NAME`, with its bounds of bytes, time and memory where the attack has any.
//!
//! | Attack | What | Tests |
//! |---|---|---|
//! | S1 | one header of 20 MB: 431 within 50 ms | `ws::handshake::s01_a_20_mb_header_is_refused_at_once`, `ws::opening::s01_a_head_without_end_is_answered_and_cut`, `ws::opening::s01_a_long_head_gets_its_answer`, `ws::opening::a_response_without_end_is_refused` |
//! | S2 | a byte a read: linear time, ten seconds at most | `ws::handshake::s02_one_byte_a_read_takes_linear_time`, `ws::opening::s02_a_slow_client_is_cut_though_its_bytes_keep_coming`, `ws::opening::s02_a_client_has_ten_seconds_by_default`, `ws::opening::s02_one_byte_a_packet_is_accepted`, `ws::opening::s02_a_slow_server_is_left` |
//! | S3 | 101 header fields: 431 | `ws::handshake::s03_101_headers_are_refused` |
//! | S4 | no key, two, or one that is not 16 bytes: 400 | `ws::handshake::s04_bad_keys_are_refused` |
//! | S5 | hostile lists of 64 KiB: linear time | `ws::handshake::s05_hostile_lists_take_linear_time` |
//! | S6 | origins: 403 for those of others | `ws::handshake::s06_origins` |
//! | S7 | CR, LF and NUL in what the caller passes | `ws::handshake::s07_nothing_can_be_injected` |
//! | S8 | lengths of 2^63 and more, lengths not in their shortest form: 1002, no allocation | `ws::frames::s08_impossible_and_wasteful_lengths`, `alone::ws_memory::s08_an_impossible_length_allocates_nothing` |
//! | S9 | the most announced, then silence: one read buffer, and a deadline | `alone::ws_memory::s09_an_announced_message_costs_nothing`, `ws::frames::s09_an_unfinished_message_has_a_deadline`, `ws::flow::s09_a_slow_peer_is_cut_off_while_its_bytes_keep_coming`, `ws::flow::s09_pings_are_no_unfinished_message` |
//! | S10 | frames that break a rule | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::frames::s10_valid_close_codes_are_answered_with_themselves` |
//! | S11 | every cut of every header | `ws::frames::s11_a_header_read_byte_by_byte_is_the_same`, `ws::protocol::a_stream_cut_at_every_byte_gives_the_same_messages`, `ws::protocol::a_stream_byte_by_byte_gives_the_same_messages`, `ws::handshake::every_prefix_is_partial_and_every_split_equal` |
//! | S12 | a million fragments: twice their payload, and a limit of its own for each role | `alone::ws_memory::s12_a_million_fragments_cost_their_payload` |
//! | S13 | empty fragments without end | `ws::frames::s13_empty_fragments_end` |
//! | S14 | 4 MiB of text in fragments of 64 bytes: 50 ms, in a release build | `ws::frames::s14_a_text_in_many_fragments_is_checked_once` |
//! | S15 | text that is not UTF-8: 1007 before the rest arrives | `ws::frames::s15_invalid_text_fails_before_the_rest_arrives`, `ws::frames::s15_a_text_cut_within_a_code_point_is_invalid` |
//! | S16 | what follows a Close; Close twice; a Ping between fragments | `ws::frames::s16_nothing_follows_a_close`, `ws::frames::s16_a_ping_between_fragments_is_answered_there` |
//! | S17 | a decompression bomb stops at the limit | `ws::deflate::s17_a_bomb_stops_at_the_limit`, `ws::deflate::s17_exactly_the_limit_is_allowed`, `alone::ws_memory::s17_a_bomb_holds_its_limit` |
//! | S18 | frames compressed where they cannot be, or in an unusual way | `ws::deflate::s18_compression_where_it_cannot_be`, `ws::deflate::s18_unusual_but_valid`, `ws::deflate::s18_what_is_sent_has_no_tail_and_is_never_empty` |
//! | S19 | parameters that are wrong | `ws::handshake::s19_parameter_errors` |
//! | S20 | context takeover; memory freed by the close | `ws::deflate::s20_without_takeover_every_message_stands_alone`, `alone::ws_memory::s20_a_closed_connection_holds_no_window` |
//! | S21 | a peer that never reads: the buffer's limit, each policy, the others are served | `ws::flow::s21_a_peer_that_never_reads_fills_the_buffer_and_no_more`, `ws::flow::s21_messages_can_be_dropped_instead`, `ws::flow::s21_or_the_peer_disconnected`, `ws::flow::s21_a_blocking_connection_does_not_wait_for_ever_for_a_peer_that_never_reads`, `ws::opening::s21_a_page_does_not_wait_for_ever_for_a_client_that_never_reads`, `programs::ws_echo::no_client_ends_it` |
//! | S22 | Pings from a peer that never reads: one Pong | `ws::flow::s22_only_the_latest_ping_is_remembered` |
//! | S23 | a flood of messages: 64 KiB wait, no thread | `ws::flow::s23_a_flood_is_answered_within_bounds` |
//! | S24 | masking keys | `ws::frames::s24_every_frame_has_a_fresh_key` |
//! | S25 | keepalive | `ws::flow::s25_only_the_matching_pong_ends_the_wait`, `ws::flow::s25_a_long_frame_may_delay_the_pong`, `ws::flow::s25_a_blocking_read_notices_a_peer_that_is_gone`, `ws::flow::s25_a_blocking_read_keeps_a_quiet_peer` |
//! | S26 | the closing handshake | `ws::flow::s26_the_client_closes`, `ws::flow::s26_the_server_closes_and_both_close_at_once`, `ws::flow::s26_a_peer_that_does_not_close_is_left`, `ws::flow::s26_an_end_without_a_close_is_1006`, `ws::flow::s26_the_reason_reaches_a_peer_that_is_still_sending`, `ws::flow::s26_pings_do_not_delay_the_end`, `ws::flow::s26_messages_do_not_delay_the_end` |
//! | S27 | two halves in two threads | `ws::flow::s27_a_ping_is_answered_while_the_reader_waits_and_the_writer_writes`, `ws::flow::s27_a_pong_does_not_keep_the_reader_waiting`, `ws::flow::s27_a_writer_does_not_wait_for_a_peer_that_is_gone` |
//! | S28 | any bytes | the targets in `fuzz`: request, response, extensions, decoder_server, decoder_client, deflate, differential |
//! | S29 | a body behind an upgrade, bytes behind a refused one | `ws::handshake::s29_an_upgrade_has_no_body`, `ws::opening::s29_what_follows_a_refused_upgrade_is_no_request` |
//! | S30 | a peer that goes on after an error: 16 MiB, ten seconds | `ws::frames::s30_nothing_follows_an_error`, `ws::flow::s30_a_peer_that_goes_on_after_an_error_is_discarded`, `ws::flow::s30_after_an_error_only_so_many_bytes_are_discarded` |
//!
//! | MUST | What | Tests |
//! |---|---|---|
//! | 1 | GET, HTTP/1.1 | `ws::handshake::must_01_get_and_http_1_1` |
//! | 2 | one Host | `ws::handshake::must_02_host` |
//! | 3 | Upgrade | `ws::handshake::must_03_upgrade_lists_websocket_in_any_case` |
//! | 4 | Connection | `ws::handshake::must_04_connection_lists_upgrade_in_any_case` |
//! | 5 | one key | `ws::handshake::must_05_one_key_of_16_bytes` |
//! | 6 | version 13 | `ws::handshake::must_06_version_13` |
//! | 7 | an HTTP error for every failure | `ws::handshake::must_07_every_failure_has_an_http_answer` |
//! | 8 | 426 for other versions | `ws::handshake::must_08_other_versions_are_told_ours` |
//! | 9 | 403 for other origins | `ws::handshake::must_09_an_unacceptable_origin_is_forbidden` |
//! | 10 | 404 for other resources | `ws::handshake::must_10_an_unknown_resource_is_not_found` |
//! | 11 | the subprotocol is offered | `ws::handshake::must_11_the_subprotocol_is_one_that_the_client_offered` |
//! | 12 | the extension is offered | `ws::handshake::must_12_only_offered_extensions` |
//! | 13 | the answer 101 | `ws::handshake::must_13_the_answer_101` |
//! | 14 | no header twice | `ws::handshake::must_14_accept_and_protocol_at_most_once` |
//! | 15 | no body on 101 | `ws::handshake::must_15_no_body_on_101` |
//! | 16 | bytes behind the head | `ws::handshake::must_16_bytes_behind_the_head_are_the_streams`, `ws::opening::must_16_a_frame_in_the_packet_of_the_request_is_read`, `ws::opening::must_16_a_frame_in_the_packet_of_the_response_is_read` |
//! | 17 | unknown headers | `ws::handshake::must_17_unknown_headers_are_ignored` |
//! | 18 | the URL, Host with port | `ws::handshake::must_18_valid_urls_and_host_with_port` |
//! | 19 | one opening handshake at a time to a host | the application's: stands on `Client::request` |
//! | 20 | TLS first, the certificate checked | `programs::wss_echo::an_echo_over_tls_needs_the_server_s_certificate`, `tls::client::a_bad_certificate_is_named_and_the_server_gets_its_alert` |
//! | 21 | the request | `ws::handshake::must_21_the_request` |
//! | 22 | the key is fresh | `ws::handshake::must_22_each_key_is_fresh` |
//! | 23 | Origin | `ws::handshake::must_23_an_origin_can_be_sent` |
//! | 24 | subprotocols | `ws::handshake::must_24_subprotocols_are_unique_tokens` |
//! | 25 | nothing before the response | `ws::opening::must_25_a_client_sends_nothing_before_the_response` |
//! | 26 | another status | `ws::handshake::must_26_another_status_is_plain_http` |
//! | 27 | Upgrade | `ws::handshake::must_27_upgrade` |
//! | 28 | Connection | `ws::handshake::must_28_connection` |
//! | 29 | Accept | `ws::handshake::must_29_accept` |
//! | 30 | an extension not requested | `ws::handshake::must_30_only_requested_extensions` |
//! | 31 | a subprotocol not requested | `ws::handshake::must_31_only_requested_subprotocols` |
//! | 32 | malformed responses | `ws::handshake::must_32_malformed_responses` |
//! | 33 | a client masks every frame | `ws::frames::must_33_35_and_43_a_client_masks_every_frame_and_a_server_none` |
//! | 34 | unmasked to a server | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 35 | a server masks none | `ws::frames::must_33_35_and_43_a_client_masks_every_frame_and_a_server_none` |
//! | 36 | masked to a client | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 37 | reserved bits | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 38 | reserved opcodes | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 39 | the shortest length | `ws::frames::s08_impossible_and_wasteful_lengths` |
//! | 40 | 63 bits of length | `ws::frames::s08_impossible_and_wasteful_lengths` |
//! | 41 | network byte order | `ws::protocol::the_examples_of_rfc_6455_section_5_7` |
//! | 42 | fresh keys of the system's | `ws::frames::s24_every_frame_has_a_fresh_key` |
//! | 43 | masking keeps the length | `ws::frames::must_33_35_and_43_a_client_masks_every_frame_and_a_server_none` |
//! | 44 | continuation inside a message only | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 45 | control frames between fragments | `ws::frames::s16_a_ping_between_fragments_is_answered_there` |
//! | 46 | control frames whole | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 47 | they disturb no text | `ws::frames::s16_a_ping_between_fragments_is_answered_there` |
//! | 48 | messages not interleaved | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::frames::what_cannot_be_sent_is_refused_before_anything_is` |
//! | 49 | fragments in order | `ws::protocol::a_stream_cut_at_every_byte_gives_the_same_messages` |
//! | 50 | an intermediary keeps fragments | not ours: this is no intermediary |
//! | 51 | 125 bytes of control | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::frames::what_cannot_be_sent_is_refused_before_anything_is` |
//! | 52 | Close empty or two bytes | `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 53 | the code's order, the reason's text | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::protocol::two_endpoints_close_with_each_other` |
//! | 54 | nothing after a Close | `ws::frames::s16_nothing_follows_a_close` |
//! | 55 | a Close is answered | `ws::frames::s10_valid_close_codes_are_answered_with_themselves` |
//! | 56 | the server ends TCP first | `ws::flow::s26_the_client_closes` |
//! | 57 | a Ping is answered | `ws::frames::s16_a_ping_between_fragments_is_answered_there` |
//! | 58 | with its data, the latest at least | `ws::flow::s22_only_the_latest_ping_is_remembered` |
//! | 59 | a Pong is not answered | `ws::frames::must_59_an_unsolicited_pong_is_not_answered` |
//! | 60 | text in fragments | `ws::protocol::a_stream_byte_by_byte_gives_the_same_messages`, `ws::frames::s16_a_ping_between_fragments_is_answered_there` |
//! | 61 | text that is not UTF-8 | `ws::frames::s15_invalid_text_fails_before_the_rest_arrives`, `ws::frames::s10_every_broken_rule_has_its_error` |
//! | 62 | sending: open, of one type | `ws::frames::what_cannot_be_sent_is_refused_before_anything_is`, `ws::frames::s16_nothing_follows_a_close` |
//! | 63 | empty messages and fragments | `ws::frames::must_63_empty_messages_and_empty_fragments_are_messages` |
//! | 64 | 1005 and 1006 | `ws::client::messages_before_open_are_kept_and_after_close_are_counted`, `ws::flow::s26_an_end_without_a_close_is_1006` |
//! | 65 | codes that are never sent | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::frames::what_cannot_be_sent_is_refused_before_anything_is` |
//! | 66 | codes that are registered | `ws::frames::s10_every_broken_rule_has_its_error`, `ws::frames::s10_valid_close_codes_are_answered_with_themselves` |
//! | 67 | to fail a connection | `ws::frames::s30_nothing_follows_an_error`, `ws::client::a_protocol_error_is_an_error_and_a_close` |
//! | 68 | to connect again later each time | the application's: `Backoff` says when |
//! | 69 | 1010 from clients only | `ws::frames::must_69_only_a_client_says_that_it_misses_an_extension` |
//! | 70 | a lost connection is a failure | `ws::client::a_lost_connection_is_a_close_that_is_not_clean` |
//! | 71 | Origin is checked | `ws::handshake::s06_origins` |
//! | 72 | limits, 1009 | `ws::frames::limits_are_told_with_their_codes` |
//! | 73 | lengths are not trusted | `ws::frames::s08_impossible_and_wasteful_lengths`, `alone::ws_memory::s09_an_announced_message_costs_nothing` |
//! | 74 | masking cannot be switched off | `ws::frames::must_33_35_and_43_a_client_masks_every_frame_and_a_server_none` |
//! | 75 | the grammar of extensions | `ws::handshake::must_75_extension_lists_follow_the_grammar` |
//! | 76 | a response that cannot be parsed | `ws::handshake::must_76_a_client_fails_on_what_it_cannot_parse` |
//! | 77 | parameters that are wrong | `ws::handshake::must_77_unknown_repeated_and_invalid_parameters` |
//! | 78 | server_no_context_takeover | `ws::handshake::must_78_and_79_no_context_takeover`, `ws::deflate::s20_without_takeover_every_message_stands_alone` |
//! | 79 | client_no_context_takeover | `ws::handshake::must_78_and_79_no_context_takeover`, `ws::deflate::must_79_and_81_a_client_obeys` |
//! | 80 | server_max_window_bits | `ws::handshake::must_80_server_max_window_bits`, `ws::deflate::every_parameter_carries_every_size_both_ways` |
//! | 81 | client_max_window_bits | `ws::handshake::must_81_client_max_window_bits_only_if_offered`, `ws::deflate::must_79_and_81_a_client_obeys` |
//! | 82 | RSV1 on the first frame only | `ws::deflate::s18_compression_where_it_cannot_be`, `ws::deflate::must_82_only_the_first_frame_is_marked` |
//! | 83 | the tail is stripped | `ws::deflate::s18_what_is_sent_has_no_tail_and_is_never_empty` |
//! | 84 | the tail is appended, any blocks | `ws::deflate::s18_unusual_but_valid`, `ws::deflate::the_examples_of_rfc_7692_section_7_2_3` |
//! | 85 | uncompressed messages between | `ws::deflate::s18_unusual_but_valid` |
//! | 86 | UTF-8 and limits after inflating | `ws::deflate::s18_compression_where_it_cannot_be`, `ws::deflate::s17_exactly_the_limit_is_allowed` |

use std::error::Error;

use crate::find::Tests;

#[test]
fn every_number_has_its_tests() -> Result<(), Box<dyn Error>> {
    let rows: Vec<[&str; 3]> = include_str!("ws_requirements.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"))
        .filter_map(|row| row.split(" | ").collect::<Vec<_>>().try_into().ok())
        .filter(|[number, ..]: &[&str; 3]| number.ends_with(|last: char| last.is_ascii_digit()))
        .collect();
    let numbers: Vec<_> = rows.iter().map(|[number, ..]| (*number).to_owned()).collect();
    let expected: Vec<_> = (1..=30).map(|n| format!("S{n}")).chain((1..=86).map(|n| n.to_string())).collect();
    assert_eq!(numbers, expected);

    let mut tests = Tests::default();
    for [number, _, named] in rows {
        for test in named.split('`').filter(|test| test.contains("::") && !test.starts_with("Client::")) {
            assert!(tests.contain(test)?, "{number}: there is no {test}");
        }
    }
    Ok(())
}
